//! Rules of each kind, over values of each kind.

use std::collections::BTreeMap;

use super::*;
use crate::schema::{Edge, Form, Known, Schema};

fn field(message: &str, field: &str) -> (std::rc::Rc<crate::schema::Message>, usize) {
    let message = Schema::here().named(message).expect(message);
    let index = message.find(field).expect(field);
    (message, index)
}

/// What a value of a field must do, if it does not.
fn must(message: &str, name: &str, given: Given<'_>) -> Option<String> {
    let (message, index) = field(message, name);
    let constraints = message.fields[index].constraints.as_ref().expect("the field has constraints");
    breach(constraints, given).map(|it| format!("{} {}", it.code, it.must))
}

#[track_caller]
fn check(message: &str, name: &str, given: Given<'_>, expected: &str) {
    assert_eq!(must(message, name, given).as_deref().unwrap_or("fine"), expected, "{message}.{name} {given:?}");
}

fn bounds<T>(lower: Option<(T, bool)>, upper: Option<(T, bool)>) -> Bounds<T> {
    let edge = |it: Option<(T, bool)>| it.map(|(at, inclusive)| Edge { at, inclusive });
    Bounds { constant: None, lower: edge(lower), upper: edge(upper), among: [].into(), none_of: [].into() }
}

#[test]
fn ranges_and_their_words() {
    let words = |lower, upper, given| numbers::breach(&bounds(lower, upper), given, |it: &i32| it.to_string());
    for (lower, upper, given, expected) in [
        (Some((1, true)), None, 0, Some("be at least 1")),
        (Some((1, true)), None, 1, None),
        (Some((0, false)), None, 0, Some("be more than 0")),
        (None, Some((9, true)), 10, Some("be at most 9")),
        (None, Some((9, false)), 9, Some("be less than 9")),
        (Some((1, true)), Some((9, true)), 10, Some("be from 1 to 9")),
        (Some((1, false)), Some((9, true)), 1, Some("be more than 1 and at most 9")),
        (Some((1, true)), Some((9, false)), 5, None),
        // The lower end above the upper one: outside.
        (Some((9, true)), Some((1, true)), 5, Some("be at most 1, or at least 9")),
        (Some((9, true)), Some((1, true)), 9, None),
        (Some((9, false)), Some((1, true)), 1, None),
    ] {
        let found = words(lower, upper, given);
        assert_eq!(found.as_ref().map(|it| &*it.must), expected, "{lower:?} {upper:?} {given}");
        assert!(found.is_none_or(|it| it.code == codes::API_RANGE));
    }
    let nan = numbers::breach(&bounds(Some((0.0, true)), Some((1.0, true))), f64::NAN, |it| it.to_string());
    assert_eq!(nan, None);
}

#[test]
fn values_that_are_ruled_out() {
    let list = |among: &[i128], none_of: &[i128], constant| {
        let bounds = Bounds { among: among.into(), none_of: none_of.into(), constant, ..bounds(None, None) };
        move |given: i128| ruled_out(&bounds, &given, |it| it.to_string()).map(|it| it.must)
    };
    assert_eq!(list(&[1, 2], &[], None)(3).as_deref(), Some("be one of 1, 2"));
    assert_eq!(list(&[1, 2], &[2], None)(2), None, "`not_in` does not matter beside `in`");
    assert_eq!(list(&[], &[2], None)(2).as_deref(), Some("be something other than 2"));
    assert_eq!(list(&[], &[], Some(4))(2).as_deref(), Some("be 4"));
    assert_eq!(list(&[], &[], Some(4))(4), None);
}

#[test]
fn rules_of_envoys_fields() {
    let cluster = "envoy.config.cluster.v3.Cluster";
    check(cluster, "connect_timeout", Given::Duration(0), "CH1202 be more than 0s");
    check(cluster, "connect_timeout", Given::Duration(1), "fine");
    check(cluster, "name", Given::Text(b""), "CH1203 not be empty");
    let (message, index) = field(cluster, "lb_policy");
    let crate::schema::Kind::Enum(kind) = &message.fields[index].kind else { panic!("an enum") };
    check(cluster, "lb_policy", Given::Choice(99, kind), "CH1205 be a value that `LbPolicy` has");
    check(cluster, "lb_policy", Given::Choice(1, kind), "fine");
    let host = "envoy.config.route.v3.VirtualHost";
    check(host, "domains", Given::Items(0), "CH1206 have at least 1 item, not 0");
    check(host, "request_headers_to_add", Given::Items(1001), "CH1206 have at most 1000 items, not 1001");
    let header = "envoy.config.core.v3.HeaderValue";
    check(header, "key", Given::Text(&[b'x'; 16385]), "CH1203 have at most 16384 bytes, not 16385");
    check(
        "envoy.config.core.v3.HealthCheck.HttpHealthCheck",
        "path",
        Given::Text(b"/\x07"),
        "CH1204 be the value of an HTTP header, which has no control characters but tabs",
    );
    check(
        "envoy.config.route.v3.RouteMatch",
        "path_separated_prefix",
        Given::Text(b"/a/"),
        "CH1204 match the regular expression `^[^?#]+[^?#/]$`",
    );
    let source = "envoy.extensions.filters.http.api_key_auth.v3.KeySource";
    check(source, "header", Given::Text(b""), "fine");
    check(
        source,
        "header",
        Given::Text(b"a\n"),
        "CH1204 have no line breaks and no NUL, as it becomes part of an HTTP header",
    );
}

fn form(change: impl FnOnce(&mut Form)) -> Form {
    let none = || Length::default();
    let mut form = Form {
        characters: none(),
        bytes: none(),
        bounds: bounds(None, None),
        pattern: None,
        prefix: None,
        suffix: None,
        contains: None,
        lacks: None,
        known: None,
    };
    change(&mut form);
    form
}

#[test]
fn texts() {
    let length = |least, most| Length { least, most };
    let words = |form: &Form, given: &str| text::breach(form, given.as_bytes()).map(|it| it.must).unwrap_or_default();
    let three = form(|it| it.characters = length(Some(3), Some(3)));
    assert_eq!(words(&three, "ü"), "have exactly 3 characters, not 1");
    assert_eq!(words(&three, "üüü"), "");
    let bytes = form(|it| it.bytes = length(None, Some(3)));
    assert_eq!(words(&bytes, "üü"), "have at most 3 bytes, not 4");
    let some = form(|it| it.characters = length(Some(1), Some(5)));
    assert_eq!(words(&some, ""), "have 1 to 5 characters, not 0");
    let quoted = form(|it| (it.prefix, it.suffix) = (Some((*b"%").into()), Some((*b"$").into())));
    assert_eq!(words(&quoted, "a"), "begin with `%`");
    assert_eq!(words(&quoted, "%a"), "end with `$`");
    assert_eq!(words(&quoted, "%$"), "");
    let parts = form(|it| (it.contains, it.lacks) = (Some((*b"ab").into()), Some((*b"xy").into())));
    assert_eq!(words(&parts, "a"), "contain `ab`");
    assert_eq!(words(&parts, "xyab"), "not contain `xy`");
    assert_eq!(words(&parts, "xaby"), "");
}

#[test]
fn named_forms() {
    let table: BTreeMap<&str, (Known, &[&str], &[&str])> = BTreeMap::from([
        (
            "name",
            (Known::HeaderName, &["x-a", ":path", "a,b", "`"][..], &["", ":", "a b", "a\n", "ü", "a/b", "::a"][..]),
        ),
        ("value", (Known::HeaderValue, &["", "a\tb", "ü"], &["a\n", "\0", "\u{7f}"])),
        ("text", (Known::HeaderText, &["", "a\u{1}", "a b"], &["a\n", "\0", "\r"])),
        ("ip", (Known::Ip, &["10.0.0.1", "::1"], &["", "10.0.0", "a", "10.0.0.01"])),
        ("ipv4", (Known::Ipv4, &["10.0.0.1"], &["::1"])),
        ("ipv6", (Known::Ipv6, &["::1", "::ffff:1.2.3.4"], &["10.0.0.1", "::1%lo"])),
        ("host", (Known::Hostname, &["a", "a.b-c.", "1"], &["", ".", "a..b", "-a", "a-", "a_b", "ü"])),
        ("address", (Known::Address, &["a.b", "::1"], &["", "a:b"])),
        (
            "uuid",
            (Known::Uuid, &["00000000-0000-0000-0000-00000000000f"], &["", "00000000-0000-0000-0000-00000000000g"]),
        ),
    ]);
    for (known, good, bad) in table.into_values() {
        good.iter().for_each(|it| assert!(names::holds(known, it.as_bytes()), "{known:?} {it:?}"));
        bad.iter().for_each(|it| assert!(!names::holds(known, it.as_bytes()), "{known:?} {it:?}"));
    }
    assert!(!names::holds(Known::Hostname, "a".repeat(64).as_bytes()));
    assert!(!names::holds(Known::Hostname, vec!["a".repeat(60); 5].join(".").as_bytes()));
}

#[test]
fn what_must_be_given() {
    let names = |name: &str| {
        let message = Schema::here().named(name).expect(name);
        wants(&message).iter().map(|it| message.fields[*it].name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("envoy.config.route.v3.VirtualHost"), ["name", "domains"]);
    // An address is a message, and so may be left out; a wrapper too.
    assert_eq!(names("envoy.config.core.v3.SocketAddress"), ["address"]);
    assert_eq!(
        names("envoy.config.core.v3.HealthCheck"),
        ["timeout", "interval", "unhealthy_threshold", "healthy_threshold"]
    );
    let matches = Schema::here().named("envoy.config.route.v3.RouteMatch").expect("RouteMatch");
    assert!(missing_member(&matches, matches.required_oneofs[0]).starts_with("one of `prefix`, `path`, "));
}

#[test]
fn durations_as_they_are_written() {
    for (nanoseconds, expected) in [(0, "0s"), (1_000_000, "0.001s"), (90_000_000_000, "90s"), (-1, "-0.000000001s")] {
        assert_eq!(numbers::seconds(&nanoseconds), expected);
    }
}

#[test]
fn durations_that_envoy_takes_nowhere() {
    let must = |it: i128| unusable_duration(it).map(|it| it.must).unwrap_or_default();
    assert_eq!(must(-1), "be at least 0s");
    assert_eq!(must(0), "");
    assert_eq!(must(9_223_372_035_999_999_999), "");
    assert_eq!(must(9_223_372_036_000_000_000), "be less than 9223372036s");
}
