//! How a page of `explain` looks on a terminal: headings, columns, wrapped text. Leaves what it says to `reference`.

use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Style};

use crate::reference::{Block, Fact, Form, Page, Row, Section};

/// The width of text where no terminal tells one, and the most where one does: longer lines are hard to read.
const WIDTH: usize = 100;

/// The least width that is respected.
const LEAST: usize = 40;

/// Where a page is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canvas {
    width: usize,
    colour: bool,
}

impl Canvas {
    /// A place of this width, if it has one.
    pub(super) fn new(width: Option<usize>, colour: bool) -> Self {
        Self { width: width.unwrap_or(WIDTH).clamp(LEAST, WIDTH), colour }
    }

    /// The page as text.
    pub(super) fn show(self, page: &Page) -> String {
        let mut out = String::new();
        let title = self.styled(Style::new().bold(), &page.title);
        let _ = writeln!(out, "{title}\n{}", self.styled(Style::new().dimmed(), &page.subtitle));
        self.facts(&page.facts, &mut out);
        for (index, block) in page.text.iter().enumerate() {
            let is_next_point = index > 0 && block.form == Form::Point && page.text[index - 1].form == Form::Point;
            out.push_str(if is_next_point { "" } else { "\n" });
            self.block(block, &mut out);
        }
        for section in &page.sections {
            self.section(section, &mut out);
        }
        out
    }

    fn facts(self, facts: &[Fact], out: &mut String) {
        let column = facts.iter().map(|it| it.name.len()).max().unwrap_or(0) + 4;
        if !facts.is_empty() {
            out.push('\n');
        }
        for fact in facts {
            let name = self.styled(AnsiColor::Green.on_default(), fact.name);
            let head = format!("  {name}{}", " ".repeat(column - 2 - fact.name.len()));
            self.paragraph(&head, column, &fact.value, out);
        }
    }

    fn block(self, block: &Block, out: &mut String) {
        let indent = 2 + block.indent.min(12);
        let margin = " ".repeat(indent);
        match block.form {
            Form::Code => {
                for line in block.text.lines() {
                    let line = format!("{margin}{line}");
                    out.push_str(&self.styled(AnsiColor::Cyan.on_default(), line.trim_end()));
                    out.push('\n');
                }
            }
            Form::Text => self.paragraph(&margin, indent, &block.text, out),
            Form::Point => self.paragraph(&format!("{margin}- "), indent + 2, &block.text, out),
            Form::Remark(word) => {
                let head = self.styled(AnsiColor::Yellow.on_default().bold(), word);
                let text = format!("{word}: {}", block.text);
                let mut shown = String::new();
                self.paragraph(&margin, indent, &text, &mut shown);
                out.push_str(&shown.replacen(word, &head, 1));
            }
        }
    }

    fn section(self, section: &Section, out: &mut String) {
        let title = self.styled(Style::new().bold().underline(), &section.title);
        let _ = writeln!(out, "\n{title}");
        let widest = |part: fn(&Row) -> &str| section.rows.iter().map(|it| part(it).chars().count()).max().unwrap_or(0);
        let (names, kinds) = (widest(|it| &it.name), widest(|it| &it.kind));
        let column = 2 + names + 2 + if kinds > 0 { kinds + 2 } else { 0 };
        let in_columns = column <= self.width / 2;
        for row in &section.rows {
            let name = self.styled(AnsiColor::Cyan.on_default(), &row.name);
            let kind = self.styled(Style::new().dimmed(), &row.kind);
            let gap = " ".repeat(names.saturating_sub(row.name.chars().count()) + 2);
            if in_columns {
                let rest = column.saturating_sub(4 + names + row.kind.chars().count());
                let head = format!("  {name}{gap}{kind}{}", " ".repeat(rest));
                self.paragraph(&head, column, &row.line, out);
            } else {
                out.push_str(format!("  {name}  {kind}").trim_end());
                out.push('\n');
                if !row.line.is_empty() {
                    self.paragraph("      ", 6, &row.line, out);
                }
            }
        }
    }

    /// Text behind a head that takes `column` columns, wrapped to stay to the right of it.
    fn paragraph(self, head: &str, column: usize, text: &str, out: &mut String) {
        let room = self.width.saturating_sub(column).max(20);
        let mut line = head.to_owned();
        let mut used = 0;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                let _ = writeln!(out, "{}", line.trim_end());
                line = " ".repeat(column);
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let row = |name: &str, kind: &str, line: &str| Row { name: name.into(), kind: kind.into(), line: line.into() };
        Page {
            title: "a.b".into(),
            subtitle: "a field".into(),
            facts: vec![Fact { name: "type", value: "string".into() }],
            text: vec![
                Block { indent: 0, form: Form::Text, text: "One two three four five six seven eight nine".into() },
                Block { indent: 0, form: Form::Remark("note"), text: "Careful.".into() },
                Block { indent: 4, form: Form::Code, text: "a: 1\n  b: 2".into() },
            ],
            sections: vec![Section {
                title: "fields".into(),
                rows: vec![row("x", "number", "The first of them all"), row("long", "", "")],
            }],
        }
    }

    #[test]
    fn a_page_is_wrapped_and_aligned() {
        let shown = Canvas::new(Some(40), false).show(&page());
        let expected = "a.b\na field\n\n  type  string\n\n  One two three four five six seven\n  eight nine\n\n  note: Careful.\n\n      a: 1\n        b: 2\n\nfields\n  x     number  The first of them all\n  long\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn colours_change_nothing_else() {
        let coloured = Canvas::new(Some(40), true).show(&page());
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_ne!(plain, coloured);
        assert_eq!(plain, Canvas::new(Some(40), false).show(&page()));
    }
}
