//! The fields of a log line, as text and as JSON. Every value passes `printable` here, so that no line can forget it.

use std::error::Error;
use std::fmt::{self, Debug};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::printable::line;

/// The field that is the message itself.
const MESSAGE: &str = "message";

/// `the message name=value name="text"`.
pub(super) struct TextFields;

/// A line that is one JSON object: time, level, and the fields.
pub(super) struct JsonLines;

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let Fields(fields) = Fields::of(&fields);
        let colour = writer.has_ansi_escapes();
        for (index, (name, value)) in fields.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            let value = match value {
                Shown::Words(it) if *name != MESSAGE => line(&format!("{it:?}")).into_owned(),
                Shown::Words(it) | Shown::Printed(it) => line(it).into_owned(),
                Shown::Number(it) => it.to_string(),
            };
            match (*name, colour) {
                (MESSAGE, _) => write!(writer, "{gap}{value}")?,
                (name, true) => write!(writer, "{gap}\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{value}")?,
                (name, false) => write!(writer, "{gap}{name}={value}")?,
            }
        }
        Ok(())
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let level = event.metadata().level().to_string();
        let mut json = Map::from_iter([("timestamp".to_owned(), time.into()), ("level".to_owned(), level.into())]);
        let Fields(fields) = Fields::of(event);
        json.extend(fields.into_iter().map(|(name, value)| match value {
            Shown::Words(it) | Shown::Printed(it) => (name.to_owned(), line(&it).into()),
            Shown::Number(it) => (name.to_owned(), it),
        }));
        writeln!(writer, "{}", Value::Object(json))
    }
}

/// The fields, in their order.
struct Fields(Vec<(&'static str, Shown)>);

/// A value.
enum Shown {
    /// A text of its own, which is in quotes in a line of text.
    Words(String),
    /// What a value prints itself as.
    Printed(String),
    /// A number, or true or false.
    Number(Value),
}

impl Fields {
    fn of(fields: &impl RecordFields) -> Self {
        let mut found = Self(Vec::new());
        fields.record(&mut found);
        found
    }

    fn push(&mut self, field: &Field, value: Shown) {
        self.0.push((field.name(), value));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, Shown::Printed(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, Shown::Words(value.to_owned()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, Shown::Number(value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, Shown::Number(value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, Shown::Number(value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, Shown::Number(value.into()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(it) = cause {
            text.push_str(&format!(": {it}"));
            cause = it.source();
        }
        self.push(field, Shown::Printed(text));
    }
}
