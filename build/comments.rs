//! The comments of Envoy's API by the names of what they are about.
//!
//! What comes out is a text of records `name NUL comment NUL`: names of messages, fields, oneofs, enums, and of values as
//! `package.Enum.VALUE`. A record whose name begins with `#` is an extension, and holds the top-level messages of the
//! file that declares it, one of which configures it. Leaves to `reference` what is inside a comment.

use std::collections::{BTreeMap, HashMap};

use crate::wire::{fields, text, varint};

/// What a descriptor holds that has a name: fields of the descriptor, and what their elements hold in turn.
struct Holds(&'static [(u64, &'static Self)]);

static FILE: Holds = Holds(&[(4, &MESSAGE), (5, &ENUM)]);
static MESSAGE: Holds = Holds(&[(2, &LEAF), (3, &MESSAGE), (4, &ENUM), (8, &LEAF)]);
static ENUM: Holds = Holds(&[(2, &LEAF)]);
static LEAF: Holds = Holds(&[]);

/// Packages of which people write messages.
const PACKAGES: [&str; 4] = ["envoy.", "xds.", "udpa.", "google.protobuf."];

/// The mark of the extension that a file, or a message, configures.
const EXTENSION: &str = "[#extension:";

type Path = Vec<u64>;

/// The records of a descriptor set. `None` if it is malformed.
pub(crate) fn of(set: &[u8]) -> Option<Vec<u8>> {
    let mut records = BTreeMap::new();
    for file in fields(set, 1)? {
        let package = text(file, 2)? + ".";
        if PACKAGES.iter().any(|it| package.starts_with(it)) {
            of_file(file, &package, &mut records)?;
        }
    }
    let mut out = Vec::new();
    for (name, comment) in records {
        out.extend_from_slice(format!("{name}\0{comment}\0").as_bytes());
    }
    Some(out)
}

fn of_file(file: &[u8], package: &str, records: &mut BTreeMap<String, String>) -> Option<()> {
    let mut names = HashMap::new();
    name_all(file, &FILE, package, &mut Vec::new(), &mut names)?;
    let mut messages: Vec<_> = names.iter().filter(|(path, _)| path.len() == 2 && path[0] == 4).collect();
    messages.sort();
    let messages = messages.into_iter().map(|it| it.1.as_str()).collect::<Vec<_>>().join(" ");
    let info = fields(file, 9)?.concat();
    for location in fields(&info, 1)? {
        let comment = format!("{}\n\n{}", text(location, 3)?, text(location, 4)?);
        let name = names.get(&path(location)?);
        for detached in fields(location, 6)? {
            extensions(&String::from_utf8_lossy(detached), &messages, records);
        }
        if let Some(name) = name {
            extensions(&comment, name, records);
            let comment = tidy(&comment);
            if !comment.is_empty() {
                records.insert(name.clone(), comment);
            }
        }
    }
    Some(())
}

/// The names of all that a descriptor holds, by their paths.
fn name_all(
    descriptor: &[u8],
    holds: &Holds,
    scope: &str,
    path: &mut Path,
    names: &mut HashMap<Path, String>,
) -> Option<()> {
    for (number, inner) in holds.0 {
        for (index, element) in fields(descriptor, *number)?.into_iter().enumerate() {
            path.extend([*number, index as u64]);
            let name = scope.to_owned() + &text(element, 1)?;
            name_all(element, inner, &format!("{name}."), path, names)?;
            names.insert(path.clone(), name);
            path.truncate(path.len() - 2);
        }
    }
    Some(())
}

/// Records the extensions that a comment names.
fn extensions(comment: &str, messages: &str, records: &mut BTreeMap<String, String>) {
    for part in comment.split(EXTENSION).skip(1) {
        let name = part.split(']').next().unwrap_or_default().trim();
        records.entry(format!("#{name}")).or_insert_with(|| messages.to_owned());
    }
}

/// A comment without the space after each `//`.
fn tidy(comment: &str) -> String {
    let lines = comment.replace('\0', "");
    let lines = lines.lines().map(|it| it.strip_prefix(' ').unwrap_or(it).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

fn path(location: &[u8]) -> Option<Path> {
    let packed = fields(location, 1)?.concat();
    let mut rest = packed.as_slice();
    let mut path = Vec::new();
    while !rest.is_empty() {
        path.push(varint(&mut rest)?);
    }
    Some(path)
}
