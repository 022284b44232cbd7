//! Every message that a real Envoy links is known here, but for those that no configuration holds.
//!
//! Envoy carries the descriptors of its messages, serialized, in its binary: they are read from there.

use std::collections::{BTreeMap, BTreeSet};

use chancery::resource::descriptors;

use super::the_envoy;

/// What is left out on purpose: the beginning of the name, and why no configuration holds it.
const LEFT_OUT: [(&str, &str); 22] = [
    ("Envoy.Extensions.HttpFilters.Cache", "files of the cache"),
    ("cpp2sky.", "the SkyWalking tracer's own"),
    ("envoy.Cookie", "contents of a session cookie"),
    ("envoy.HotRestartMessage", "between an Envoy and its successor"),
    ("envoy.extensions.filters.network.ext_authz.ExtAuthzDecision", "written by the filter"),
    ("envoy.extensions.http.injected_credentials.oauth2.OAuthResponse", "an answer of an OAuth server"),
    ("envoy.extensions.http_filters.oauth2.OAuthResponse", "an answer of an OAuth server"),
    ("envoy.source.", "arguments of functions for Wasm"),
    ("envoy.type.", "remains of the v2 API, to which nothing of v3 refers"),
    ("google.api.HttpBody", "bodies of transcoded answers"),
    ("google.protobuf.", "descriptors of types"),
    ("google.rpc.", "details of errors"),
    ("grpc.channelz.", "gRPC's own"),
    ("grpc.gcp.", "gRPC's own"),
    ("grpc.health.", "a service that Envoy asks"),
    ("opentelemetry.proto.", "what Envoy sends to collectors"),
    ("pb.", "options for protoc"),
    ("skywalking.", "what Envoy sends to collectors"),
    ("source.", "what Envoy sends to Lambda and X-Ray"),
    ("tcmalloc.", "profiles of memory"),
    ("xds.annotations.", "options of the API's files"),
    ("zipkin.", "what Envoy sends to collectors"),
];

#[tokio::test]
async fn all_messages_of_the_binary_are_known() {
    let Some(binary) = the_envoy().await else { return };
    let bytes = std::fs::read(binary).unwrap();
    let linked = messages(&bytes);
    assert!(linked.len() > 1_700, "only {} messages were found in the binary", linked.len());
    assert!(linked.contains_key("xds.type.matcher.v3.CelMatcher") && linked.contains_key("udpa.type.v1.TypedStruct"));
    let pool = descriptors();
    let is_known = |it: &str| pool.get_message_by_name(it).is_some();
    let is_v3 = |it: &str| it.starts_with("envoy.") && it.contains(".v3.");
    let is_left_out = |it: &str| !is_v3(it) && LEFT_OUT.iter().any(|(start, _)| it.starts_with(start));
    let missing: Vec<_> = linked.keys().filter(|it| !is_known(it) && !is_left_out(it)).collect();
    assert!(missing.is_empty(), "Envoy knows these, we do not: {missing:#?}");
    let idle: Vec<_> = LEFT_OUT.iter().filter(|it| !linked.keys().any(|name| name.starts_with(it.0))).collect();
    assert!(idle.is_empty(), "Envoy no longer has these: {idle:#?}");
    let mut others = Vec::new();
    for (message, fields) in linked.iter().filter(|it| it.0.starts_with("envoy.") || it.0.starts_with("xds.")) {
        let Some(ours) = pool.get_message_by_name(message) else { continue };
        for (number, name) in fields {
            let known = ours.get_field(*number).map(|it| it.name().to_owned());
            if known.as_ref() != Some(name) {
                others.push(format!("{message}: {number} is {name}, not {known:?}"));
            }
        }
    }
    assert!(others.is_empty(), "these fields differ: {others:#?}");
}

/// The fields of messages, names by number.
type Messages = BTreeMap<String, BTreeSet<(u32, String)>>;

/// All messages, maps' entries included, whose descriptors lie in the bytes, by their full names.
fn messages(bytes: &[u8]) -> Messages {
    const SUFFIX: &[u8] = b".proto\x12";
    let mut found = Messages::new();
    for end in bytes.windows(SUFFIX.len()).enumerate().filter(|it| it.1 == SUFFIX).map(|it| it.0 + SUFFIX.len() - 1) {
        // The name's length stands before the name, and the tag of `FileDescriptorProto.name` before that.
        let start = (7..=127).find_map(|length: usize| {
            let start = end.checked_sub(length + 2)?;
            (bytes[start] == 0x0a && usize::from(bytes[start + 1]) == length).then_some(start)
        });
        if let Some(start) = start {
            of_file(&bytes[start..], &mut found);
        }
    }
    found
}

fn of_file(bytes: &[u8], found: &mut Messages) {
    let mut fields = fields(bytes);
    // A second name is that of the next file.
    let next = fields.iter().skip(1).position(|it| it.0 == 1);
    fields.truncate(next.map_or(fields.len(), |it| it + 1));
    let Some(package) = text(&fields, 2) else { return };
    for (.., message) in fields.iter().filter(|it| it.0 == 4) {
        of_message(message, &package, found);
    }
}

fn of_message(bytes: &[u8], scope: &str, found: &mut Messages) {
    let parts = fields(bytes);
    let Some(name) = text(&parts, 1) else { return };
    let name = format!("{scope}.{name}");
    for (.., nested) in parts.iter().filter(|it| it.0 == 3) {
        of_message(nested, &name, found);
    }
    let described = found.entry(name).or_default();
    for (.., field) in parts.iter().filter(|it| it.0 == 2) {
        let field = fields(field);
        let number = field.iter().find(|it| it.0 == 3).and_then(|it| u32::try_from(it.1).ok());
        described.extend(number.zip(text(&field, 1)));
    }
}

fn text(fields: &[(u64, u64, &[u8])], number: u64) -> Option<String> {
    fields.iter().find(|it| it.0 == number).map(|it| String::from_utf8_lossy(it.2).into_owned())
}

/// Number, value and payload of each field, up to the first byte that begins no field of a descriptor.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
    let mut found = Vec::new();
    while let Some(key) = varint(&mut bytes).filter(|it| (1..=17).contains(&(it >> 3))) {
        let Some(value) = varint(&mut bytes).filter(|_| matches!(key & 7, 0 | 2)) else { break };
        let length = if key & 7 == 2 { value } else { 0 };
        let Some((payload, rest)) = bytes.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)) else {
            break;
        };
        found.push((key >> 3, value, payload));
        bytes = rest;
    }
    found
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
