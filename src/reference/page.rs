//! A page of `explain`: what it holds, and its JSON. Leaves its looks to `cli`.

use serde_json::{Value, json};

use super::prose::{Block, Form};

/// What there is to say about one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The thing as a user would ask for it.
    pub title: String,
    /// What kind of thing it is, and of whose language.
    pub subtitle: String,
    /// Short answers, in order.
    pub facts: Vec<Fact>,
    /// The documentation.
    pub text: Vec<Block>,
    /// Lists of what is inside.
    pub sections: Vec<Section>,
}

/// One short answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The question: `type`, `default`.
    pub name: &'static str,
    /// The answer.
    pub value: String,
}

/// A list of things with a line about each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What the things are.
    pub title: String,
    /// The things.
    pub rows: Vec<Row>,
}

/// One thing of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What it holds; may be empty.
    pub kind: String,
    /// One line about it; may be empty.
    pub line: String,
}

impl Page {
    /// Adds a short answer.
    pub(super) fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        self.facts.push(Fact { name, value: value.into() });
    }

    /// Adds a list, unless it is empty.
    pub(super) fn section(&mut self, title: impl Into<String>, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.sections.push(Section { title: title.into(), rows });
        }
    }

    /// Adds a paragraph.
    pub(super) fn paragraph(&mut self, text: impl Into<String>) {
        self.text.push(Block { indent: 0, form: Form::Text, text: text.into() });
    }

    /// The page as JSON.
    pub fn to_json(&self) -> Value {
        let facts = self.facts.iter().map(|it| (it.name.to_owned(), Value::from(it.value.clone())));
        let rows = |it: &Section| {
            it.rows.iter().map(|it| json!({ "name": it.name, "kind": it.kind, "text": it.line })).collect::<Vec<_>>()
        };
        let sections = self.sections.iter().map(|it| json!({ "title": it.title, "items": rows(it) }));
        json!({
            "title": self.title,
            "subtitle": self.subtitle,
            "facts": facts.collect::<serde_json::Map<_, _>>(),
            "text": self.text.iter().map(json_of_block).collect::<Vec<_>>(),
            "sections": sections.collect::<Vec<_>>(),
        })
    }
}

fn json_of_block(block: &Block) -> Value {
    let form = match block.form {
        Form::Text => "text",
        Form::Point => "point",
        Form::Code => "code",
        Form::Remark(word) => word,
    };
    json!({ "form": form, "text": block.text })
}
