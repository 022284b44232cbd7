//! What is hidden and what is shown, message by message, and over the whole API.

use serde_json::json;

use super::*;
use crate::compile::{Settings, compile, to_json};
use crate::resource::Flavour;
use crate::spec::RawFile;

/// A YAML resource as it is shown.
#[track_caller]
fn shown(yaml: &str) -> Value {
    // What is no certificate and no password must be hidden all the same.
    let yaml = format!("lints: {{CH3503: allow, CH3801: allow}}\n{yaml}");
    let compiled = compile(&RawFile::new("t.yaml", yaml.as_bytes()), &Settings::default());
    assert!(!compiled.diagnostics.has_errors(), "{:?}", compiled.diagnostics);
    let (kind, resource) = &compiled.documents[0].resources[0];
    let mut json = to_json(kind, &resource.value(Flavour::Ads)).unwrap();
    redact(kind, &mut json);
    assert!(!json.to_string().contains("hush"), "{json:#}");
    json
}

const KEY: &str = "type.googleapis.com";

#[test]
fn what_a_secret_holds_is_hidden_and_where_it_is_kept_is_shown() {
    let json = shown(&format!(
        "resources:\n- \"@type\": {KEY}/{SECRET}\n  name: a\n  tls_certificate:\n    certificate_chain: {{inline_string: hush}}\n    \
         private_key: {{filename: /etc/key.pem}}\n    password: {{inline_string: hush}}\n"
    ));
    let certificate = json!({
        "certificate_chain": {"inline_string": REDACTED},
        "private_key": {"filename": "/etc/key.pem"},
        "password": {"inline_string": REDACTED},
    });
    assert_eq!((&json["name"], &json["tls_certificate"]), (&json!("a"), &certificate));
    shown(&format!(
        "resources:\n- \"@type\": {KEY}/{SECRET}\n  name: a\n  generic_secret: {{secrets: {{k: {{inline_string: hush}}}}}}\n"
    ));
}

#[test]
fn headers_structs_and_forgotten_fields() {
    let route = shown(&format!(
        "resources:\n- \"@type\": {KEY}/envoy.config.route.v3.RouteConfiguration\n  name: a\n  request_headers_to_add:\n  \
         - header: {{key: Authorization, value: Bearer hush}}\n  - header: {{key: x-plain, value: seen}}\n  metadata:\n    \
         filter_metadata:\n      x: {{api-key: hush, plain: seen, deep: [{{db_password: hush}}, {{inline_string: hush}}]}}\n"
    ));
    assert_eq!(route["request_headers_to_add"][0]["header"], json!({"key": "Authorization", "value": REDACTED}));
    assert_eq!(route["request_headers_to_add"][1]["header"]["value"], "seen");
    assert_eq!(route["metadata"]["filter_metadata"]["x"]["plain"], "seen");
    let filter = "type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth";
    shown(&format!(
        "resources:\n- \"@type\": {KEY}/envoy.config.core.v3.TypedExtensionConfig\n  name: a\n  typed_config:\n    \
         \"@type\": {filter}\n    users: {{inline_string: hush}}\n"
    ));
}

/// Every field that Envoy's API marks, in a message of its own.
#[test]
fn every_marked_field_is_hidden() {
    let schema = Schema::here();
    let mut marked = 0;
    for descriptor in schema.pool.all_messages() {
        let message = schema.described(&descriptor);
        for field in message.fields.iter().filter(|it| it.sensitive) {
            let mut json = json!({ &*field.name: {"inline_string": "hush", "x": ["hush", {"y": "hush"}]} });
            message_of(&schema, &message, &mut json, false);
            assert!(!json.to_string().contains("hush"), "{} {}", message.name, field.name);
            marked += 1;
        }
    }
    assert!(marked > 20, "{marked}");
}

const CORE: &str = "envoy.config.core.v3";
const ROUTE: &str = "envoy.config.route.v3";
const MATCHER: &str = "envoy.type.matcher.v3";

/// A message's JSON as it is shown.
#[track_caller]
fn of(message: &str, mut json: Value) -> Value {
    let schema = Schema::here();
    let message = schema.named(message).unwrap_or_else(|| panic!("{message}"));
    message_of(&schema, &message, &mut json, false);
    assert!(!json.to_string().contains("hush"), "{json:#}");
    json
}

#[test]
fn what_is_matched_with_a_credential_is_hidden_and_the_rest_is_shown() {
    let header = |name: &str, rest: Value| {
        let mut json = json!({"name": name, "invert_match": true});
        json.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        of(&format!("{ROUTE}.HeaderMatcher"), json)
    };
    for rest in [
        json!({"string_match": {"exact": "hush", "ignore_case": true}}),
        json!({"string_match": {"safe_regex": {"regex": "hush.*"}}}),
        json!({"exact_match": "hush"}),
        json!({"prefix_match": "hush"}),
        json!({"contains_match": "hush"}),
        json!({"safe_regex_match": {"regex": "hush"}}),
    ] {
        for name in ["authorization", "X-Api-Key", "cookie", "my_token"] {
            assert_eq!(header(name, rest.clone())["invert_match"], true);
        }
    }
    let shown = header("x-plain", json!({"string_match": {"exact": "seen"}}));
    assert_eq!(shown["string_match"]["exact"], "seen");
    assert_eq!(header(":authority", json!({"exact_match": "a.example"}))["exact_match"], "a.example");
    assert_eq!(header("authorization", json!({"present_match": true}))["present_match"], true);
    of(&format!("{ROUTE}.QueryParameterMatcher"), json!({"name": "api_key", "string_match": {"exact": "hush"}}));
    of(&format!("{ROUTE}.CookieMatcher"), json!({"name": "session", "string_match": {"prefix": "hush"}}));
    of(&format!("{MATCHER}.FilterStateMatcher"), json!({"key": "token", "string_match": {"exact": "hush"}}));
    let path = json!({"filter": "x", "path": [{"key": "a"}, {"key": "password"}], "value": {"string_match": {"exact": "hush"}}});
    of(&format!("{MATCHER}.MetadataMatcher"), path);
    let input = json!({"name": "x", "typed_config": {"@type": format!("{KEY}/{MATCHER}.HttpRequestHeaderMatchInput"), "header_name": "authorization"}});
    of(
        "xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate",
        json!({"input": input, "value_match": {"exact": "hush"}}),
    );
    let tree = json!({"input": input, "exact_match_map": {"map": {"hush": {"action": {"name": "seen"}}, "hush2": {}}}});
    let tree = of("xds.type.matcher.v3.Matcher.MatcherTree", tree);
    assert_eq!(tree["exact_match_map"]["map"][REDACTED]["action"]["name"], "seen");
}

#[test]
fn programs_and_their_settings_are_hashes() {
    let lua = "envoy.extensions.filters.http.lua.v3";
    let shown = of(
        &format!("{lua}.Lua"),
        json!({"inline_code": "local p = 'hush'", "default_source_code": {"inline_string": "hush"},
        "source_codes": {"a": {"inline_bytes": "aHVzaA=="}, "b": {"filename": "/a.lua"}}}),
    );
    let code = shown["inline_code"].as_str().unwrap();
    assert!(code.starts_with("[code: blake3 ") && code.ends_with(", 16 bytes]"), "{code}");
    assert_eq!(shown["source_codes"]["a"]["inline_bytes"], shown["default_source_code"]["inline_string"]);
    assert_eq!(shown["source_codes"]["b"]["filename"], "/a.lua");
    let other = of(&format!("{lua}.Lua"), json!({"inline_code": "local p = 'husk'"}));
    assert_ne!(other["inline_code"], shown["inline_code"], "a change is seen");
    let settings = json!({"@type": format!("{KEY}/google.protobuf.StringValue"), "value": "{\"password\": \"hush\"}"});
    let wasm = of(
        "envoy.extensions.wasm.v3.PluginConfig",
        json!({"name": "seen", "configuration": settings, "vm_config":
        {"code": {"local": {"inline_string": "hush"}}, "environment_variables": {"key_values": {"API_TOKEN": "hush", "LANG": "C"}}}}),
    );
    assert_eq!(
        (&wasm["name"], &wasm["vm_config"]["environment_variables"]["key_values"]["LANG"]),
        (&json!("seen"), &json!("C"))
    );
    let module = "envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter";
    assert_eq!(of(module, json!({"filter_name": "seen", "filter_config": settings}))["filter_name"], "seen");
}

#[test]
fn texts_key_sets_and_free_form_data() {
    let redirect = of(
        &format!("{ROUTE}.RedirectAction"),
        json!({"path_redirect": "/a?x=1&token=hush", "host_redirect": "a.example"}),
    );
    assert_eq!(redirect["path_redirect"], "/a?x=1&token=[redacted]");
    of(&format!("{CORE}.HttpUri"), json!({"uri": "https://user:hush@a.example/", "cluster": "a"}));
    of(&format!("{CORE}.HealthCheck.HttpHealthCheck"), json!({"path": "/healthz?api_key=hush"}));
    let jwt = "envoy.extensions.filters.http.jwt_authn.v3.JwtProvider";
    let keys = r#"{"keys":[{"kty":"oct","kid":"seen","k":"hush"}]}"#;
    let shown = of(jwt, json!({"issuer": "seen", "local_jwks": {"inline_string": keys}}));
    assert!(shown["local_jwks"]["inline_string"].as_str().unwrap().contains("seen"), "{shown}");
    // {"keys":[{"kty":"oct","k":"hush"}]}
    let encoded = "eyJrZXlzIjpbeyJrdHkiOiJvY3QiLCJrIjoiaHVzaCJ9XX0=";
    assert_eq!(of(jwt, json!({"local_jwks": {"inline_bytes": encoded}}))["local_jwks"]["inline_bytes"], REDACTED);
    let data = json!({"filter_metadata": {"x": {"authorization": "hush", "list": [{"name": "cookie", "value": "hush"}],
        "apiKey": "hush", "deep": {"dbPassword": ["hush"]}, "plain": "seen", "token_path": "/seen", "u": "http://u:hush@h/"}}});
    let shown = of(&format!("{CORE}.Metadata"), data);
    assert_eq!(
        (&shown["filter_metadata"]["x"]["plain"], &shown["filter_metadata"]["x"]["token_path"]),
        (&json!("seen"), &json!("/seen"))
    );
    of(
        "google.protobuf.Struct",
        json!({"request_headers": [{"header": {"key": "authorization", "value": "hush"}}], "code": {"inline_string": "hush"}}),
    );
}

/// The API as it is: no message with a name beside a value is forgotten, and no row of a table is about nothing.
#[test]
fn every_message_that_names_a_credential_hides_its_value() {
    let schema = Schema::here();
    let (mut named, mut code) = (0, 0);
    for descriptor in schema.pool.all_messages() {
        let message = schema.described(&descriptor);
        let texts = message.fields.iter().filter(|it| matches!(it.kind, Kind::String) && it.shape == Shape::Single);
        for field in texts.filter(|it| crate::schema::is_naming(&it.name)) {
            for value in message.fields.iter().filter(|it| crate::schema::is_value(&it.name)) {
                let inside = match &value.kind {
                    Kind::String | Kind::Bytes => json!("hush"),
                    Kind::Message(_) if value.shape == Shape::Single => json!({"exact": "hush", "text_format": "hush"}),
                    _ => continue,
                };
                let mut json = json!({ &*field.name: "x-api-key", &*value.name: inside });
                message_of(&schema, &message, &mut json, false);
                assert!(!json.to_string().contains("hush"), "{} {} {json}", message.name, value.name);
                named += 1;
            }
        }
        code += message.fields.iter().filter(|it| it.code).count();
    }
    assert!(named > 20 && code > 15, "{named} {code}");
}

/// A parameter with a secret is hidden in each text of each message.
#[test]
fn every_text_of_the_api_loses_its_parameters() {
    let schema = Schema::here();
    for descriptor in schema.pool.all_messages() {
        let message = schema.described(&descriptor);
        for field in message.fields.iter().filter(|it| matches!(it.kind, Kind::String) && it.shape != Shape::Map) {
            let text = json!("https://a.example/b?x=1&access_token=hush");
            let value = if field.shape == Shape::Single { text } else { json!([text]) };
            let mut json = json!({ &*field.name: value });
            message_of(&schema, &message, &mut json, false);
            assert!(!json.to_string().contains("hush"), "{} {}", message.name, field.name);
        }
    }
}
