//! One generation as it is stored, and the text that a record is written as. Pure.

use std::sync::Arc;

use blake3::Hash;
use serde_json::{Value, json};

use crate::resource::Version;
use crate::spec::RawFile;

/// The form's version. It changes when a reader of the old form would misunderstand the new one.
const FORMAT: u64 = 1;
/// The first words of every record, before the form's version.
const MAGIC: &str = "chancery generation, format ";
/// The first word of its last line.
const CHECKSUM: &str = "blake3 ";
/// How much of the reason of a refusal is kept, in characters.
const REASON: usize = 1_000;

/// What became of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Shown to some, and the verdict is open.
    Trial,
    /// In service.
    Good {
        /// Nodes that took it.
        acked: u64,
        /// Nodes that refused some of it, and it stayed all the same.
        refused: u64,
        /// Nodes that did not say.
        silent: u64,
    },
    /// Taken back.
    Refused {
        /// In the client's words, bounded.
        reason: String,
    },
    /// A newer one came before the verdict.
    Superseded,
}

/// One generation with its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, which keeps counting over restarts.
    pub number: u64,
    /// The hash of what its documents say.
    pub version: Version,
    /// When it was made, in milliseconds since 1970.
    pub at_ms: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The sources as the daemon was given them: documents of other sources are not these documents.
    pub sources: Vec<String>,
    /// The files that it was compiled from.
    pub files: Vec<RawFile>,
}

/// One generation without the bytes of its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// As in [`Record`].
    pub number: u64,
    /// As in [`Record`].
    pub version: Version,
    /// As in [`Record`].
    pub at_ms: u64,
    /// As in [`Record`].
    pub outcome: Outcome,
    /// As in [`Record`].
    pub sources: Vec<String>,
    /// Its files.
    pub files: Vec<StoredFile>,
}

/// A file of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name, as the source gave it.
    pub name: Arc<str>,
    /// How many bytes it has.
    pub bytes: u64,
    /// The hash of its bytes, by which they are found.
    pub(super) hash: Hash,
}

impl Record {
    /// All but the bytes.
    pub fn summary(&self) -> Summary {
        let file = |it: &RawFile| StoredFile {
            name: it.name.clone(),
            bytes: it.content.len() as u64,
            hash: blake3::hash(&it.content),
        };
        Summary {
            number: self.number,
            version: self.version,
            at_ms: self.at_ms,
            outcome: self.outcome.clone().bounded(),
            sources: self.sources.clone(),
            files: self.files.iter().map(file).collect(),
        }
    }
}

impl Summary {
    /// As text with its checksum.
    pub(super) fn write(&self) -> String {
        let file = |it: &StoredFile| json!({ "name": &*it.name, "bytes": it.bytes, "blake3": it.hash.to_string() });
        let json = json!({
            "number": self.number,
            "version": self.version.to_string(),
            "at_ms": self.at_ms,
            "outcome": self.outcome.json(),
            "sources": self.sources,
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
        });
        let body = format!("{MAGIC}{FORMAT}\n{json}\n");
        format!("{body}{CHECKSUM}{}\n", blake3::hash(body.as_bytes()))
    }

    /// Reads what `write` wrote, or tells why this is something else.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        let format = text.strip_prefix(MAGIC).and_then(|it| it.split_once('\n')).ok_or("it is no record of ours")?.0;
        if format != FORMAT.to_string() {
            let shown: String = format.chars().take(20).collect();
            return Err(format!("it is of format {}, and this chancery reads {FORMAT}", shown.escape_debug()));
        }
        let end = text.strip_suffix('\n').and_then(|it| it.rfind('\n')).ok_or("it is cut off")? + 1;
        let (body, last) = text.split_at(end);
        if last != format!("{CHECKSUM}{}\n", blake3::hash(body.as_bytes())) {
            return Err("its checksum is wrong: it was cut off or changed".to_owned());
        }
        let json = body.split_once('\n').map(|it| it.1).unwrap_or_default();
        let json = serde_json::from_str(json).map_err(|error| format!("it is not JSON: {error}"))?;
        Self::of_json(&json).map_err(|it| format!("it has no proper `{it}`"))
    }

    /// A summary, or the name of what is missing or of the wrong kind.
    fn of_json(json: &Value) -> Result<Self, &'static str> {
        let list = |name: &'static str| json.get(name).and_then(Value::as_array).ok_or(name);
        let file = |it: &Value| {
            Some(StoredFile {
                name: it.get("name")?.as_str()?.into(),
                bytes: it.get("bytes")?.as_u64()?,
                hash: Hash::from_hex(it.get("blake3")?.as_str()?).ok()?,
            })
        };
        Ok(Self {
            number: number(json, "number")?,
            version: text(json, "version")?.parse().map_err(|_| "version")?,
            at_ms: number(json, "at_ms")?,
            outcome: Outcome::read(json.get("outcome").unwrap_or(&Value::Null))?,
            sources: list("sources")?
                .iter()
                .map(|it| it.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or("sources")?,
            files: list("files")?.iter().map(file).collect::<Option<_>>().ok_or("files")?,
        })
    }
}

impl Outcome {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Good { .. } => "good",
            Self::Refused { .. } => "refused",
            Self::Superseded => "superseded",
        }
    }

    /// With no more of a reason than is kept.
    pub(super) fn bounded(self) -> Self {
        match self {
            Self::Refused { reason } => Self::Refused { reason: reason.chars().take(REASON).collect() },
            other => other,
        }
    }

    /// As JSON: `is`, the word, and what belongs to it.
    pub fn json(&self) -> Value {
        let mut json = json!({ "is": self.word() });
        match self {
            Self::Good { acked, refused, silent } => {
                (json["acked"], json["refused"], json["silent"]) =
                    ((*acked).into(), (*refused).into(), (*silent).into());
            }
            Self::Refused { reason } => json["reason"] = reason.as_str().into(),
            Self::Trial | Self::Superseded => {}
        }
        json
    }

    fn read(json: &Value) -> Result<Self, &'static str> {
        match text(json, "is").map_err(|_| "outcome")? {
            "trial" => Ok(Self::Trial),
            "good" => Ok(Self::Good {
                acked: number(json, "acked")?,
                refused: number(json, "refused")?,
                silent: number(json, "silent")?,
            }),
            "refused" => Ok(Self::Refused { reason: text(json, "reason")?.to_owned() }),
            "superseded" => Ok(Self::Superseded),
            _ => Err("outcome"),
        }
    }
}

fn text<'a>(json: &'a Value, name: &'static str) -> Result<&'a str, &'static str> {
    json.get(name).and_then(Value::as_str).ok_or(name)
}

fn number(json: &Value, name: &'static str) -> Result<u64, &'static str> {
    json.get(name).and_then(Value::as_u64).ok_or(name)
}
