//! Access logs: streams or files, as text or JSON.

use super::message::Message;
use super::tables::{ACCESS_LOG, STREAMS};
use crate::spec::{Span, Tree, Value};

/// The fields of `format: json`.
const JSON_FIELDS: [(&str, &str); 16] = [
    ("start_time", "%START_TIME%"),
    ("method", "%REQ(:METHOD)%"),
    ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
    ("protocol", "%PROTOCOL%"),
    ("response_code", "%RESPONSE_CODE%"),
    ("response_flags", "%RESPONSE_FLAGS%"),
    ("response_code_details", "%RESPONSE_CODE_DETAILS%"),
    ("bytes_received", "%BYTES_RECEIVED%"),
    ("bytes_sent", "%BYTES_SENT%"),
    ("duration", "%DURATION%"),
    ("authority", "%REQ(:AUTHORITY)%"),
    ("request_id", "%REQ(X-REQUEST-ID)%"),
    ("user_agent", "%REQ(USER-AGENT)%"),
    ("client", "%DOWNSTREAM_REMOTE_ADDRESS%"),
    ("upstream_cluster", "%UPSTREAM_CLUSTER%"),
    ("upstream_host", "%UPSTREAM_HOST%"),
];

/// A list of access logs as Envoy's `AccessLog`s.
pub(super) fn access_logs(list: &Tree) -> Tree {
    let good = list.items().iter().filter(|it| it.value != Value::Null);
    Tree::sequence(list.span, good.map(access_log).collect::<Vec<_>>())
}

fn access_log(tree: &Tree) -> Tree {
    let mut log = Message::copy(&ACCESS_LOG, tree);
    let to = tree.at("to").cloned().unwrap_or_else(|| Tree::string(tree.span, ""));
    let stream = STREAMS.iter().find(|(word, ..)| to.text().is_some_and(|it| &**it == *word));
    let (name, mut config) = match stream {
        Some((_, name, message)) => (*name, Message::any(to.span, message)),
        None => {
            let mut file = Message::any(to.span, "envoy.extensions.access_loggers.file.v3.FileAccessLog");
            file.set("path", to.clone());
            ("envoy.access_loggers.file", file)
        }
    };
    if let Some(format) = tree.at("format") {
        match &format.value {
            Value::Mapping(_) => config.set("log_format.json_format", format.clone()),
            _ if format.text().is_some_and(|it| &**it == "json") => {
                config.set("log_format.json_format", usual_fields(format.span));
            }
            Value::Scalar(line) => {
                // Envoy writes the format as it is; without a line break all requests would share one line.
                let line = format!("{}\n", line.text.trim_end_matches('\n'));
                config.set("log_format.text_format_source.inline_string", Tree::string(format.span, line));
            }
            _ => {}
        }
    }
    log.set("name", Tree::string(to.span, name));
    log.set("typed_config", config.into_tree());
    log.finish(tree)
}

fn usual_fields(span: Span) -> Tree {
    Tree::mapping(span, JSON_FIELDS.map(|(field, operator)| (field, Tree::string(span, operator))))
}
