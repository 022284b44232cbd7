//! A secret at every place where a document may hold one: it is on no page and in no log, plan or report of the daemon
//! and of the commands, unless it is asked for.

use chancery::envoy::http;

use super::world::{World, cluster};
use crate::grpc::world::{CDS, hello};

const HUSH: &str = "HUSHHUSH";
/// What it becomes in a new version.
const OTHER: &str = "HUSHOTHER";

/// A good document; each line with the word in it is a place of its own.
fn good() -> String {
    let any = "\"@type\": type.googleapis.com/envoy";
    format!(
        "lints: {{CH3503: allow, CH3801: allow, CH3601: allow}}
resources:
- {any}.extensions.transport_sockets.tls.v3.Secret
  name: secret
  generic_secret: {{secret: {{inline_string: {HUSH}}}}}
- {any}.config.cluster.v3.Cluster
  name: web
  type: STATIC
  load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 80}}}}}}}}]}}]}}
  health_checks:
  - {{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {{path: \"/healthz?token={HUSH}\"}}}}
  metadata: {{filter_metadata: {{x: {{password: {HUSH}, list: [{{key: authorization, value: {HUSH}}}], url: \"http://u:{HUSH}@a.example/\"}}}}}}
- {any}.config.route.v3.RouteConfiguration
  name: web
  request_headers_to_add:
  - header: {{key: authorization, value: \"Bearer {HUSH}\"}}
  - header: {{key: x-api-key, value: {HUSH}}}
  response_headers_to_add:
  - header: {{key: set-cookie, value: \"a={HUSH}\"}}
  virtual_hosts:
  - name: web
    domains: [\"*\"]
    routes:
    - match: {{prefix: /1, headers: [{{name: authorization, string_match: {{exact: \"Bearer {HUSH}\"}}}}]}}
      route: {{cluster: web}}
    - match: {{prefix: /2, headers: [{{name: x-token, string_match: {{safe_regex: {{regex: \"{HUSH}.*\"}}}}}}]}}
      route: {{cluster: web}}
    - match: {{prefix: /3, query_parameters: [{{name: api_key, string_match: {{prefix: {HUSH}}}}}]}}
      route: {{cluster: web}}
    - match: {{prefix: /4}}
      redirect: {{path_redirect: \"/login?access_token={HUSH}\"}}
    - match: {{prefix: /5}}
      route: {{cluster: web, regex_rewrite: {{pattern: {{regex: \"^/5\"}}, substitution: \"/x?secret={HUSH}\"}}}}
- {any}.config.listener.v3.Listener
  name: web
  address: {{socket_address: {{address: 127.0.0.1, port_value: 10000}}}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        {any}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: web
        rds: {{route_config_name: web, config_source: {{ads: {{}}, resource_api_version: V3}}}}
        http_filters:
        - name: envoy.filters.http.lua
          typed_config: {{{any}.extensions.filters.http.lua.v3.Lua, default_source_code: {{inline_string: \"password = '{HUSH}'\"}}}}
        - name: envoy.filters.http.jwt_authn
          typed_config:
            {any}.extensions.filters.http.jwt_authn.v3.JwtAuthentication
            providers:
              a: {{issuer: i, local_jwks: {{inline_string: '{{\"keys\":[{{\"kty\":\"oct\",\"kid\":\"seen\",\"k\":\"{HUSH}\"}}]}}'}}}}
        - name: envoy.filters.http.basic_auth
          typed_config: {{{any}.extensions.filters.http.basic_auth.v3.BasicAuth, users: {{inline_string: \"u:{{SHA}}{HUSH}\"}}}}
        - name: envoy.filters.http.router
          typed_config: {{{any}.extensions.filters.http.router.v3.Router}}
"
    )
}

/// Documents with a fault at or near a secret.
fn bad() -> Vec<String> {
    let any = "\"@type\": type.googleapis.com/envoy";
    let routes = |header: &str, matching: &str| {
        format!(
            "resources:\n- {any}.config.route.v3.RouteConfiguration\n  name: r\n  request_headers_to_add: [{{header: {header}}}]\n  \
             virtual_hosts:\n  - name: v\n    domains: [\"*\"]\n    routes:\n    - match: {{prefix: /, headers: [{matching}]}}\n      \
             route: {{cluster: c}}\n"
        )
    };
    let plain = "{name: x, present_match: true}";
    let simple = |route: &str| {
        format!(
            "spec:\n  listeners:\n  - {{name: l, port: 1000, routes: [{{prefix: /, cluster: c, {route}}}]}}\n  clusters:\n  - {{name: c, endpoints: [\"127.0.0.1:80\"]}}\n"
        )
    };
    vec![
        routes(&format!("{{key: authorization, value: \"%{HUSH}(%\"}}"), plain),
        routes(&format!("{{key: authorization, value: \"%{HUSH}%\"}}"), plain),
        routes(&format!("{{key: authorization, value: [{HUSH}]}}"), plain),
        routes(&format!("{{key: authorization, value: \"{HUSH}\\n\"}}"), plain),
        routes("{key: a, value: b}", &format!("{{name: authorization, string_match: {HUSH}}}")),
        routes("{key: a, value: b}", &format!("{{name: authorization, string_match: {{exact: [{HUSH}]}}}}")),
        routes("{key: a, value: b}", &format!("{{name: authorization, range_match: {{start: {HUSH}, end: 1}}}}")),
        routes(
            "{key: a, value: b}",
            &format!("{{name: authorization, string_match: {{safe_regex: {{regex: \"{HUSH}(\"}}}}}}"),
        ),
        routes("{key: a, value: b}", &format!("{{name: authorization, invert_match: {HUSH}}}")),
        simple(&format!("request_headers: {{set: {{authorization: \"%{HUSH}(%\"}}}}")),
        simple(&format!("request_headers: {{set: {{authorization: [{HUSH}]}}}}")),
        simple(&format!("headers: [{{name: authorization, regex: \"{HUSH}(\"}}]")),
        format!(
            "resources:\n- {any}.config.core.v3.TypedExtensionConfig\n  name: lua\n  typed_config: {{{any}.extensions.filters.http.lua.v3.Lua, default_source_code: {HUSH}}}\n"
        ),
        format!(
            "resources:\n- {any}.config.core.v3.TypedExtensionConfig\n  name: lua\n  typed_config: {{{any}.extensions.filters.http.lua.v3.Lua, inline_code: [{HUSH}]}}\n"
        ),
    ]
}

#[track_caller]
fn assert_hidden(what: &str, text: &str) {
    for secret in [HUSH, OTHER] {
        let line = text.lines().find(|it| it.contains(secret));
        assert!(line.is_none(), "{what}: {}", line.unwrap_or_default());
    }
}

#[tokio::test]
async fn a_secret_is_on_no_page_and_in_no_log_and_no_plan() {
    let world = World::new();
    world.write("config/a.yaml", good());
    world.write("config/b.yaml", cluster("b"));
    let line =
        "serve config --listen 127.0.0.1:0 --quiet-ms 20 --poll-ms 200 --state-dir state --log json --log-level trace";
    let mut daemon = world.start(line).await;
    daemon.published().await;
    let mut client = daemon.ads().await;
    client.send(hello("edge", CDS));
    let response = client.next().await.unwrap().unwrap();
    client.refuse(&response, &format!("web: bad goo.gle/debugonly  \nname: \"authorization\"\nexact: \"{HUSH}\"\n"));
    daemon.said("CH5004").await;
    for (at, document) in bad().iter().enumerate() {
        world.write("config/b.yaml", format!("{document}# {at}\n"));
        daemon.said("the last good version stays in service").await;
    }
    let admin = daemon.admin();
    for path in ["/generation", "/rollout", "/nodes"] {
        assert_hidden(path, &http::get(admin, path, &[]).await.unwrap().body);
    }
    let generation = http::get(admin, "/generation", &[]).await.unwrap().body;
    for seen in ["/login?access_token=[redacted]", "[code: blake3 ", "\\\"kid\\\":\\\"seen\\\"", "\"x-token\""] {
        assert!(generation.contains(seen), "{seen}: {generation}");
    }
    world.write("next/a.yaml", good().replace(HUSH, OTHER));
    for line in ["plan next", "plan next --full", "plan next --json", "rollout", "rollout --format json"] {
        let ended = world.run(&format!("{line} --admin {admin}")).await;
        assert_hidden(line, &format!("{}{}", ended.out, ended.err));
    }
    let plan = world.run(&format!("plan next --admin {admin} --full")).await.out;
    assert!(plan.contains("generic_secret.secret.inline_string: changed (value hidden)"), "{plan}");
    for line in
        ["history --state-dir state", "history show 1 --state-dir state", "plan next --against 1 --state-dir state"]
    {
        let ended = world.run(line).await;
        assert_hidden(line, &format!("{}{}", ended.out, ended.err));
    }
    assert_hidden("the log", &daemon.log.iter().map(|it| format!("{it}\n")).collect::<String>());
}

#[tokio::test]
async fn render_prints_secrets_only_when_asked() {
    let world = World::new();
    world.write("a.yaml", good());
    let places = good().matches(HUSH).count();
    for line in ["render a.yaml", "render a.yaml --format json", "render a.yaml --to bootstrap"] {
        let hidden = world.check(line, 0).await;
        assert_hidden(line, &hidden.out);
        assert!(hidden.out.contains("[redacted]"), "{hidden:?}");
        assert!(hidden.err.contains("--show-secrets prints all of it"), "{hidden:?}");
        let shown = world.check(&format!("{line} --show-secrets"), 0).await;
        assert_eq!(shown.out.matches(HUSH).count() + shown.out.matches("SFVTSEhVU0g").count(), places, "{}", shown.out);
        assert_eq!(shown.err, "", "{line}");
    }
    world.write("plain.yaml", cluster("plain"));
    let plain = world.check("render plain.yaml", 0).await;
    assert_eq!((plain.err.as_str(), plain.out), ("", world.check("render plain.yaml --show-secrets", 0).await.out));
}

#[tokio::test]
async fn no_report_repeats_a_secret() {
    let world = World::new();
    for document in bad() {
        world.write("a.yaml", &document);
        for format in ["json", "sarif", "github"] {
            let ended = world.check(&format!("check a.yaml --format {format}"), 1).await;
            assert_hidden(&format!("{format} of {document}"), &format!("{}{}", ended.out, ended.err));
        }
    }
}
