//! Renders a simple spec as one static bootstrap and asks a real Envoy about it, unless those tests are switched off.

use std::fs;
use std::process::Command;

use serde_json::{Map, Value as Json, json};

use crate::envoy::the_envoy;
use crate::simple::read;

/// Fails if Envoy refuses what the document generates.
pub(crate) fn validate(name: &str, yaml: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(envoy) = runtime.block_on(the_envoy()) else { return };
    let folder = tempfile::tempdir().unwrap();
    write_certificates(folder.path());
    let bootstrap = bootstrap(yaml).to_string().replace("/etc/envoy/certs", folder.path().to_str().unwrap());
    let path = folder.path().join("envoy.json");
    fs::write(&path, &bootstrap).unwrap();
    let output = Command::new(envoy).args(["--mode", "validate", "-l", "warn", "-c"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}\n{yaml}\n{bootstrap}");
    let complaints: Vec<_> = said.lines().filter(|it| it.contains("eprecated") || it.contains("nknown")).collect();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}

pub(crate) fn write_certificates(folder: &std::path::Path) {
    let signed = rcgen::generate_simple_self_signed(vec!["example.com".to_owned()]).unwrap();
    fs::write(folder.join("server.pem"), signed.cert.pem()).unwrap();
    fs::write(folder.join("ca.pem"), signed.cert.pem()).unwrap();
    fs::write(folder.join("server.key"), signed.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("ticket.key"), [7; 80]).unwrap();
}

/// What discovery would bring, in one static file: routes and endpoints inline, secrets by name.
fn bootstrap(yaml: &str) -> Json {
    let (resources, _) = read(yaml);
    let of = |kind: &'static str| {
        resources.iter().filter_map(move |(name, it)| name.strip_prefix(kind).map(|name| (name, it)))
    };
    let mut listeners: Vec<_> =
        of("LDS ").map(|it| it.1.clone()).filter(|it| it.get("api_listener").is_none()).collect();
    listeners.iter_mut().for_each(|it| inline(it, &|name| resources.get(&format!("RDS {name}")).cloned()));
    let mut clusters: Vec<_> = of("CDS ").map(|it| it.1.clone()).collect();
    clusters
        .retain(|it| it["type"] != "EDS" || resources.contains_key(&format!("EDS {}", it["name"].as_str().unwrap())));
    for cluster in &mut clusters {
        inline(cluster, &|_| None);
        if cluster["type"] == "EDS" {
            cluster["load_assignment"] = resources[&format!("EDS {}", cluster["name"].as_str().unwrap())].clone();
            cluster["type"] = json!("STATIC");
            cluster.as_object_mut().unwrap().remove("eds_cluster_config");
        }
    }
    let secrets: Vec<_> = of("SDS ").map(|it| it.1.clone()).collect();
    let layers: Vec<_> = of("RTDS ").map(|(name, it)| json!({"name": name, "static_layer": it["layer"]})).collect();
    json!({
        "static_resources": {"listeners": listeners, "clusters": clusters, "secrets": secrets},
        "layered_runtime": {"layers": layers},
        "node": {"id": "test", "cluster": "test"},
    })
}

/// Puts route configurations in the place of references to them, and takes SDS sources away.
fn inline(json: &mut Json, routes: &dyn Fn(&str) -> Option<Json>) {
    match json {
        Json::Object(map) => {
            inline_routes(map, routes);
            map.remove("sds_config");
            map.values_mut().for_each(|it| inline(it, routes));
        }
        Json::Array(items) => items.iter_mut().for_each(|it| inline(it, routes)),
        _ => {}
    }
}

fn inline_routes(map: &mut Map<String, Json>, routes: &dyn Fn(&str) -> Option<Json>) {
    if let Some(rds) = map.remove("rds") {
        let name = rds["route_config_name"].as_str().unwrap();
        map.insert("route_config".to_owned(), routes(name).unwrap());
    }
}
