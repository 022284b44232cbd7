//! Access logs in the simple spec: where they go, and their format.

use serde_json::{Map, Value};

use super::invert::{at, object, remove, take};

/// Loggers by the ends of their types, and the word for where they log to; none where it is a path.
const LOGGERS: [(&str, Option<&str>); 3] = [
    ("stream.v3.StdoutAccessLog", Some("stdout")),
    ("stream.v3.StderrAccessLog", Some("stderr")),
    ("file.v3.FileAccessLog", None),
];

/// A list of access logs; nothing if one of them is of another kind.
pub(super) fn access_logs(list: &Value) -> Option<Value> {
    list.as_array()?.iter().map(access_log).collect::<Option<Vec<_>>>().map(Value::Array)
}

fn access_log(message: &Value) -> Option<Value> {
    let mut rest = message.as_object()?.clone();
    let mut config = rest.shift_remove("typed_config")?.as_object()?.clone();
    let mut said = take(object("spec.listeners.access_log"), &mut rest);
    let kind = config.get("@type")?.as_str()?;
    let (_, word) = LOGGERS.iter().find(|it| kind.ends_with(it.0))?;
    let to = match word {
        Some(word) => (*word).into(),
        None => remove(&mut config, "path")?,
    };
    said.insert("to".to_owned(), to);
    if let Some(format) = format(&config) {
        said.insert("format".to_owned(), format);
    }
    Some(Value::Object(said))
}

fn format(config: &Map<String, Value>) -> Option<Value> {
    if let Some(fields) = at(config, "log_format.json_format") {
        return Some(fields.clone());
    }
    let line = at(config, "log_format.text_format_source.inline_string")?.as_str()?;
    Some(line.trim_end_matches('\n').into())
}
