//! The tables of messages in `proto/`, read: what the package `envoy-types` lacks of Envoy's API.
//!
//! One line an item, described in `proto/README.md`. Leaves to `describe` what becomes of them.

/// What a table adds, and the files that it drops.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) files: Vec<File>,
    pub(crate) dropped: Vec<String>,
}

/// All messages and enums of one `.proto` file.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) enums: Vec<Enum>,
}

/// A message by its path in its package, such as `Outer.Inner`.
pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) required_oneofs: Vec<String>,
}

pub(crate) struct Enum {
    pub(crate) path: String,
    pub(crate) values: Vec<(u64, String)>,
}

pub(crate) struct Field {
    pub(crate) line: usize,
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) kind: String,
    pub(crate) oneof: Option<String>,
    pub(crate) marks: Vec<String>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(PartialEq)]
pub(crate) enum Shape {
    Single,
    Optional,
    Repeated,
    /// With the type of its keys.
    Map(String),
}

/// A rule of `validate.rules`: its name, and its value or the rules inside it.
pub(crate) enum Rule {
    Value(String, String),
    Inside(String, Vec<Self>),
}

/// Adds what a text says to a table.
pub(crate) fn read(text: &str, Table { files, dropped }: &mut Table) -> Result<(), String> {
    let mut in_enum = false;
    for (index, line) in text.lines().enumerate() {
        let fault = |what: &str| format!("line {}: {what}: {line}", index + 1);
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let file = files.last_mut().ok_or_else(|| fault("no file yet"));
        match words.as_slice() {
            [] => {}
            ["drop", name] => dropped.push((*name).into()),
            ["file", name, package] => {
                let (messages, enums) = Default::default();
                files.push(File { name: (*name).into(), package: (*package).into(), messages, enums });
            }
            ["message", path] => {
                in_enum = false;
                let (fields, required_oneofs) = Default::default();
                file?.messages.push(Message { path: (*path).into(), fields, required_oneofs });
            }
            ["enum", path] => {
                in_enum = true;
                file?.enums.push(Enum { path: (*path).into(), values: Vec::new() });
            }
            ["oneof", name, "required"] => {
                let message = file?.messages.last_mut().ok_or_else(|| fault("no message yet"))?;
                message.required_oneofs.push((*name).into());
            }
            [number, name] if in_enum => {
                let number = number.parse().map_err(|_| fault("no number"))?;
                file?.enums.last_mut().ok_or_else(|| fault("no enum yet"))?.values.push((number, (*name).into()));
            }
            [number, name, rest @ ..] => {
                let number = number.parse().map_err(|_| fault("no number"))?;
                let field = field(index + 1, number, name, rest).ok_or_else(|| fault("not a field"))?;
                file?.messages.last_mut().ok_or_else(|| fault("no message yet"))?.fields.push(field);
            }
            _ => return Err(fault("not understood")),
        }
    }
    Ok(())
}

fn field(line: usize, number: u64, name: &str, rest: &[&str]) -> Option<Field> {
    let (shape, rest) = match rest {
        ["repeated", rest @ ..] => (Shape::Repeated, rest),
        ["optional", rest @ ..] => (Shape::Optional, rest),
        ["map", key, rest @ ..] => (Shape::Map((*key).into()), rest),
        _ => (Shape::Single, rest),
    };
    let (kind, mut rest) = rest.split_first()?;
    let (kind, name, mut oneof) = ((*kind).into(), name.into(), None);
    if let ["in", name, others @ ..] = rest {
        oneof = Some((*name).to_owned());
        rest = others;
    }
    let marks = rest.iter().take_while(|it| **it != "{").map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let mut rest = rest[marks.len()..].iter().copied();
    let rules = if rest.next().is_some() { rules(&mut rest)? } else { Vec::new() };
    rest.next().is_none().then_some(Field { line, number, name, shape, kind, oneof, marks, rules })
}

/// The rules up to the brace that closes them.
fn rules<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Vec<Rule>> {
    let mut found = Vec::new();
    loop {
        match words.next()? {
            "}" => return Some(found),
            word => found.push(match word.split_once('=') {
                Some((name, value)) => Rule::Value(name.into(), value.into()),
                None => {
                    words.next().filter(|it| *it == "{")?;
                    Rule::Inside(word.into(), rules(words)?)
                }
            }),
        }
    }
}

/// The words of a line. Inside quotes, spaces are part of the word, and a backslash takes the next character as it is.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        let Some(word) = words.last_mut() else { break };
        match c {
            '"' => quoted = !quoted,
            '\\' => word.extend(characters.next()),
            '#' if !quoted => break,
            ' ' if !quoted => words.push(String::new()),
            _ => word.push(c),
        }
    }
    words.retain(|it| !it.is_empty());
    words
}
