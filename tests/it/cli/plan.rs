//! `chancery plan` against a running daemon and against files; the example of `docs/plan.md`.
//!
//! `UPDATE_DOCS=1 cargo test --test it cli::plan` writes the example's output anew.

use serde_json::Value;

use super::world::{World, cluster};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/plan.md");

#[tokio::test]
async fn a_plan_becomes_what_the_daemon_serves() {
    let world = World::new();
    world.write("live/a.yaml", cluster("a"));
    world.write("live/edge.yaml", format!("nodes: [{{id: \"edge-*\"}}]\n{}", cluster("b")));
    let mut daemon = world.serve("live").await;
    daemon.published().await;
    let admin = daemon.admin();
    for line in [format!("plan live --admin {admin}"), format!("CHANCERY_ADMIN={admin} plan live")] {
        let same = world.check(&line, 0).await;
        assert_eq!(same.out, "plan: nothing changes\n", "{same:?}");
    }

    world.write("next/a.yaml", cluster("a").replace(":80", ":81"));
    world.write(
        "next/edge.yaml",
        format!("nodes: [{{id: \"edge-*\"}}]\n{}{}", cluster("b"), "  - {name: c, endpoints: [\"127.0.0.1:80\"]}\n"),
    );
    let line = format!("plan next --admin {admin}");
    let plan = world.check(&line, 2).await;
    for part in [
        "every node\n  ~ EDS a  next/a.yaml:5\n",
        "endpoints[0].lb_endpoints[0].endpoint.address…port_value: 80 → 81\n",
        "\nid=edge-*\n  + CDS c  next/edge.yaml:7\n",
        "plan: 2 to add, 1 to change, 0 to remove, for 2 groups\n",
    ] {
        assert!(plan.out.contains(part), "{part}\n{}", plan.out);
    }
    let other = world.check(&format!("{line} --node web-1"), 2).await;
    assert!(other.out.ends_with("plan: 0 to add, 1 to change, 0 to remove, for 1 group\n"), "{}", other.out);
    let json: Value = serde_json::from_str(&world.check(&format!("{line} --json"), 2).await.out).unwrap();
    assert_eq!(
        (&json["format"], &json["against"]["generation"], &json["summary"]["groups"]),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(json["changes"][0]["effect"]["code"], "endpoints");
    assert_eq!(json["changes"][0]["fields"][0]["old"], 80);

    for name in ["a.yaml", "edge.yaml"] {
        std::fs::copy(world.path(&format!("next/{name}")), world.path(&format!("live/{name}"))).unwrap();
    }
    // Both edits may be one generation or two.
    loop {
        daemon.published().await;
        if world.run(&line).await.code == Some(0) {
            break;
        }
    }
}

#[tokio::test]
async fn faults_and_absent_daemons_are_1_with_the_next_step() {
    let world = World::new();
    world.write("good.yaml", cluster("a"));
    world.write("bad.yaml", cluster("a").replace("endpoints", "endpoint"));
    world.write("empty/readme.md", "hello\n");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (line, said) in [
        ("plan bad.yaml --against good.yaml".to_owned(), "error[CH2001]"),
        ("plan good.yaml --against bad.yaml".to_owned(), "error[CH2001]"),
        ("plan empty --against good.yaml".to_owned(), "empty"),
        (format!("plan good.yaml --admin {nobody}"), "start `chancery serve`, name its admin address with --admin"),
        ("plan good.yaml --admin nowhere".to_owned(), "expected HOST:PORT"),
    ] {
        let ended = world.check(&line, 1).await;
        assert!(ended.err.contains(said) && ended.out.is_empty(), "{line}: {ended:?}");
    }
}

#[tokio::test]
async fn what_is_no_daemon_of_this_version_is_said_to_be_none() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new();
    world.write("good.yaml", cluster("a"));
    for (status, body, said) in [
        ("200 OK", "{\"format\": 2}", "is of another version: it is of format 2, and this chancery reads format 1"),
        ("200 OK", "<html>", "is no generation: it is not JSON"),
        ("503 No", "", "has no good configuration yet; its log says why"),
        ("404 No", "", "answers 404"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = format!("plan good.yaml --admin {}", listener.local_addr().unwrap());
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        };
        let (ended, ()) = tokio::join!(world.check(&line, 1), answer);
        assert!(ended.err.contains(said), "{ended:?}");
    }
}

/// Certificates with real keys, credentials of every kind that Envoy's API takes inline.
fn secrets(key: &str) -> String {
    let api = "type.googleapis.com/envoy";
    let pem = key.lines().map(|it| format!("        {it}\n")).collect::<String>();
    format!(
        "lints: {{CH3506: allow, CH3801: allow}}
resources:
- \"@type\": {api}.extensions.transport_sockets.tls.v3.Secret
  name: s
  tls_certificate:
    private_key:
      inline_string: |
{pem}- \"@type\": {api}.config.core.v3.TypedExtensionConfig
  name: basic
  typed_config:
    \"@type\": {api}.extensions.filters.http.basic_auth.v3.BasicAuth
    users: {{inline_string: \"u:{{SHA}}{hush}\"}}
- \"@type\": {api}.config.core.v3.TypedExtensionConfig
  name: aws
  typed_config:
    \"@type\": {api}.extensions.filters.http.aws_lambda.v3.Config
    arn: \"arn:aws:lambda:us-west-2:987654321:function:f\"
    credentials: {{access_key_id: id, secret_access_key: {hush}}}
- \"@type\": {api}.config.route.v3.RouteConfiguration
  name: r
  request_headers_to_add: [{{header: {{key: authorization, value: \"Bearer {hush}\"}}}}]
  virtual_hosts: [{{name: v, domains: [\"*\"], metadata: {{filter_metadata: {{x: {{password: {hush}}}}}}}}}]
",
        hush = key.lines().nth(1).unwrap(),
    )
}

#[tokio::test]
async fn no_secret_is_ever_told() {
    let world = World::new();
    let made = || rcgen::KeyPair::generate().unwrap().serialize_pem();
    let (old, new) = (made(), made());
    world.write("live/a.yaml", secrets(&old));
    world.write("next/a.yaml", secrets(&new));
    let mut daemon = world.serve("live").await;
    daemon.published().await;
    let page = chancery::envoy::http::get(daemon.admin(), "/generation", &[]).await.unwrap();
    assert_eq!(page.status, 200);
    let admin = daemon.admin();
    let mut told = vec![page.body];
    for line in [
        format!("plan next --admin {admin}"),
        format!("plan next --admin {admin} --full --json"),
        "plan next --against live --full".to_owned(),
        "plan live --against empty.yaml --full --json".to_owned(),
    ] {
        world.write("empty.yaml", cluster("a"));
        let ended = world.check(&line, 2).await;
        told.extend([ended.out, ended.err]);
    }
    for text in &told {
        for key in [&old, &new] {
            for line in key.lines().filter(|it| !it.starts_with("-----")) {
                assert!(!text.contains(line), "{text}");
            }
        }
    }
    assert!(told[1].contains("tls_certificate.private_key.inline_string: changed (value hidden)"), "{}", told[1]);
    assert!(told[1].contains("effect: secret rotates: new handshakes only"), "{}", told[1]);
}

#[tokio::test]
async fn a_taken_admin_port_is_named_and_off_is_off() {
    let world = World::new();
    world.write("a.yaml", cluster("a"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let ended = world.check(&format!("serve a.yaml --listen 127.0.0.1:0 --admin-listen {address}"), 1).await;
    let said = format!("cannot listen on {address} for admin pages; choose another address with --admin-listen");
    assert!(ended.err.contains(&said), "{ended:?}");
    let daemon = world.start("serve a.yaml --listen 127.0.0.1:0 --admin-listen off --log json").await;
    assert!(!daemon.log.iter().any(|it| it.to_string().contains("admin")), "{:?}", daemon.log);
}

/// The blocks of the page: the document before, the one after, and what is printed.
#[tokio::test]
async fn the_example_of_the_page_is_what_is_printed() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let block = |name: &str| {
        let (_, rest) = page.split_once(&format!("<!-- {name} -->\n```")).unwrap();
        rest.split_once('\n').unwrap().1.split_once("```").unwrap().0.to_owned()
    };
    let world = World::new();
    world.write("live/web.yaml", block("before"));
    world.write("config/web.yaml", block("after"));
    let plan = world.check("plan config --against live", 2).await;
    assert_eq!(plan.err, "", "{plan:?}");
    let fresh = page.replace(
        &format!("<!-- plan -->\n```text\n{}```", block("plan")),
        &format!("<!-- plan -->\n```text\n{}```", plan.out),
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, fresh).unwrap();
    } else {
        assert!(fresh == page, "run: UPDATE_DOCS=1 cargo test --test it cli::plan\n{}", plan.out);
    }
}

/// Every effect is in the page's table.
#[test]
fn the_page_has_every_effect() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    for effect in chancery::plan::effects() {
        let row = format!("| `{}` | {} |", effect.code, effect.text);
        assert!(page.contains(&row), "docs/plan.md has no row {row}");
    }
}
