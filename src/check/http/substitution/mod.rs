//! Substitution formats: `%REQ(:path)%` in access logs, headers and answers.
//!
//! Envoy refuses a format with an operator that it does not know, or that is written badly. Leaves to `operators` which
//! there are.

mod operators;

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::schema::is_credential;
use crate::spec::{Tree, Value, codes, did_you_mean};

use operators::{Parameter, finish};

pub(super) const RULES: &[Row] = &[
    ("envoy.config.core.v3.SubstitutionFormatString", &[format_string]),
    ("envoy.config.core.v3.HeaderValueOption", &[header]),
    ("envoy.config.route.v3.RouteAction", &[host_rewrite]),
    ("envoy.extensions.access_loggers.file.v3.FileAccessLog", &[file]),
    ("envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig", &[open_telemetry]),
    ("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig", &[tunnel]),
];

/// Where a format stands, and so which operators it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Log,
    /// Headers know some operators of old.
    Header,
    /// Formatters add operators of their own.
    WithFormatters,
}

fn format_string(view: &View<'_>, findings: &mut Findings<'_>) {
    let place = if view.items("formatters").is_empty() { Place::Log } else { Place::WithFormatters };
    let source = view.message("text_format_source").and_then(|it| it.value("inline_string"));
    for text in view.value("text_format").into_iter().chain(source) {
        format(text, place, findings);
    }
    if let Some(json) = view.value("json_format") {
        texts(json, place, findings);
    }
}

fn header(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(header) = view.message("header") else { return };
    let outside = findings.secret;
    findings.secret |= header.value("key").and_then(Tree::text).is_some_and(|it| is_credential(it));
    header.value("value").into_iter().for_each(|it| format(it, Place::Header, findings));
    findings.secret = outside;
}

fn host_rewrite(view: &View<'_>, findings: &mut Findings<'_>) {
    view.value("host_rewrite").into_iter().for_each(|it| format(it, Place::Log, findings));
}

fn file(view: &View<'_>, findings: &mut Findings<'_>) {
    for field in ["format", "json_format", "typed_json_format"] {
        view.value(field).into_iter().for_each(|it| texts(it, Place::Log, findings));
    }
}

fn open_telemetry(view: &View<'_>, findings: &mut Findings<'_>) {
    let place = if view.items("formatters").is_empty() { Place::Log } else { Place::WithFormatters };
    let body = view.message("body").and_then(|it| it.value("string_value"));
    body.into_iter().for_each(|it| format(it, place, findings));
    let attributes = view.message("attributes").map(|it| it.messages("values")).unwrap_or_default();
    let values = attributes.iter().filter_map(|it| it.message("value")?.value("string_value"));
    values.for_each(|it| format(it, place, findings));
}

fn tunnel(view: &View<'_>, findings: &mut Findings<'_>) {
    view.value("hostname").into_iter().for_each(|it| format(it, Place::Log, findings));
}

/// All texts of a JSON format; its keys are no formats.
fn texts(tree: &Tree, place: Place, findings: &mut Findings<'_>) {
    match &tree.value {
        Value::Mapping(entries) => entries.iter().for_each(|it| texts(&it.value, place, findings)),
        Value::Sequence(items) => items.iter().for_each(|it| texts(it, place, findings)),
        Value::Scalar(_) => format(tree, place, findings),
        Value::Null | Value::ConfigSource => {}
    }
}

/// Looks at one format, up to its first fault, as Envoy does.
fn format(tree: &Tree, place: Place, findings: &mut Findings<'_>) {
    let Some(text) = tree.text() else { return };
    let mut rest = &**text;
    while let Some(at) = rest.find('%') {
        let from = &rest[at..];
        if let Some(after) = from.strip_prefix("%%") {
            rest = after;
            continue;
        }
        let outcome = Command::read(from).ok_or_else(|| unreadable(from)).and_then(|(command, after)| {
            command.check(place)?;
            Ok(after)
        });
        match outcome {
            Ok(after) => rest = after,
            Err((message, help)) => {
                let message = if findings.secret { HIDDEN.to_owned() } else { message };
                findings.push(findings.fault(codes::BAD_FORMAT, tree.span, message).help(help));
                return;
            }
        }
    }
}

type Fault = (String, String);

/// What is said of a format that is a secret.
const HIDDEN: &str = "a `%` here begins no operator that Envoy takes";

/// One operator as written.
struct Command<'t> {
    name: &'t str,
    parameter: Option<&'t str>,
    has_length: bool,
}

impl<'t> Command<'t> {
    /// Reads `%NAME(parameter):length%`, and gives what stands behind it.
    fn read(text: &'t str) -> Option<(Self, &'t str)> {
        let text = text.strip_prefix('%')?;
        let is_name = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
        let end = text.find(|it| !is_name(it)).filter(|it| *it > 0)?;
        let (name, rest) = text.split_at(end);
        let Some(inner) = rest.strip_prefix('(') else {
            let (has_length, rest) = finish(rest)?;
            return Some((Self { name, parameter: None, has_length }, rest));
        };
        // A parameter may have parentheses of its own, but no line breaks: it ends where an operator can end.
        let line = inner.find('\n').map_or(inner, |it| &inner[..it]);
        for (at, _) in line.match_indices(')') {
            let (parameter, rest) = (&inner[..at], &inner[at + 1..]);
            if let Some((has_length, rest)) = finish(rest) {
                return Some((Self { name, parameter: Some(parameter), has_length }, rest));
            }
        }
        None
    }

    fn check(&self, place: Place) -> Result<(), Fault> {
        let name = self.name;
        if place == Place::Header && name == "PER_REQUEST_STATE" {
            return Ok(());
        }
        let Some(operator) = operators::find(name) else {
            if place == Place::WithFormatters {
                return Ok(());
            }
            let help = match did_you_mean(name, operators::names()) {
                Some(near) => format!("did you mean `%{near}%`?"),
                None => "Envoy's documentation lists the operators, under \"access logging\"".to_owned(),
            };
            return Err((format!("Envoy has no operator `%{name}%`"), help));
        };
        let has_parameter = self.parameter.is_some_and(|it| !it.is_empty());
        match operator.parameter {
            Parameter::Required if !has_parameter => {
                let help = format!("write `%{name}(…)%`");
                Err((format!("the operator `%{name}%` needs a parameter"), help))
            }
            Parameter::None if has_parameter => {
                Err((format!("the operator `%{name}%` takes no parameter"), format!("write `%{name}%`")))
            }
            _ if self.has_length && !operator.length => {
                let help = "leave out the `:` and the number".to_owned();
                Err((format!("what the operator `%{name}%` gives cannot be cut"), help))
            }
            _ => self.alternatives(),
        }
    }

    /// `REQ(a?b)` takes the second header if the first is not there; there is no third.
    fn alternatives(&self) -> Result<(), Fault> {
        const HEADERS: &[&str] = &["REQ", "RESP", "TRAILER", "REQUEST_HEADER", "RESPONSE_HEADER", "RESPONSE_TRAILER"];
        let parameter = self.parameter.unwrap_or_default();
        if HEADERS.contains(&self.name) && parameter.matches('?').count() > 1 {
            let message = format!("`%{}(…)%` takes one alternative, not several", self.name);
            return Err((message, "write `first?second`".to_owned()));
        }
        Ok(())
    }
}

fn unreadable(text: &str) -> Fault {
    const SHOWN: usize = 30;
    let shown: String = text.chars().take(SHOWN).take_while(|it| !it.is_control()).collect();
    let help = "an operator is `%NAME%`, `%NAME(parameter)%` or `%NAME(parameter):length%`; write a `%` as `%%`";
    (format!("no operator begins at `{shown}`"), help.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> bool {
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let from = &rest[at..];
            if let Some(after) = from.strip_prefix("%%") {
                rest = after;
                continue;
            }
            let Some((command, after)) = Command::read(from) else { return false };
            if command.check(Place::Log).is_err() {
                return false;
            }
            rest = after;
        }
        true
    }

    /// What a real Envoy 1.40 said of each.
    #[test]
    fn envoy_agrees() {
        for good in [
            "100%%",
            "%REQ(a)%",
            "%REQ(a):3%",
            "%REQ(a?b)%",
            "%START_TIME(%Y)%",
            "%PROTOCOL%",
            "%PROTOCOL()%",
            "%UPSTREAM_METADATA(a:b)%",
            "%DYNAMIC_METADATA(a:b):5%",
            "%RESPONSE_CODE%:3",
            "%%",
            "%PATH%",
            "%PATH(WQ)%",
            "%GRPC_STATUS(NUMBER)%",
            "%REQ(a):0%",
            "%START_TIME(%Y/%m/%dT%H:%M:%S)%",
            "%CEL(has(request.path))%",
        ] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "100%",
            "%REQ(a",
            "%REQ%",
            "%REQ(a):%",
            "%REQ(a):-3%",
            "%REQ(a?b?c)%",
            "%REQ()%",
            "% REQ(a)%",
            "%req(a)%",
            "%START_TIME(%Y/%m):3%",
            "%%REQ(a)%",
            "%PROTOCOL(x)%",
            "%REQ(:3%",
            "%REQ(a)b%",
            "%REQ(a):3:%",
            "%RESPONSE_CODE:3%",
            "%",
            "%%%",
            "%REQ(a):99999999999999999999%",
            "%REQ-X(a)%",
            "%FOO%",
            "%METADATA%",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }
}
