//! The figures as a table: median and range of each server, and the median of the ratios of neighbouring rounds.

use std::fmt::Write;

/// The figures of one kind.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) chancery: Vec<f64>,
    pub(crate) floor: Vec<f64>,
}

impl Row {
    /// A row; either list may be empty.
    pub(crate) fn new(what: impl Into<String>, chancery: Vec<f64>, floor: Vec<f64>) -> Self {
        Self { what: what.into(), chancery, floor }
    }

    /// Each round's ratio: what moves both servers of a round moves its ratio less.
    fn ratios(&self) -> Vec<f64> {
        if self.chancery.len() != self.floor.len() {
            return Vec::new();
        }
        self.chancery.iter().zip(&self.floor).filter(|(_, b)| **b > 0.0).map(|(a, b)| a / b).collect()
    }
}

/// The table, in Markdown.
pub(crate) fn table(rows: &[Row], has_floor: bool) -> String {
    let mut out = String::new();
    let heads = if has_floor { " floor | ratio |" } else { "" };
    let rules = if has_floor { "---|---|" } else { "" };
    // Writing to a string never fails.
    let _done = writeln!(out, "| | chancery |{heads}\n|---|---|{rules}");
    for row in rows {
        let _done = write!(out, "| {} | {} |", row.what, range(&row.chancery));
        if has_floor {
            let ratio = median(&row.ratios()).map_or_else(String::new, |it| format!("{it:.2}"));
            let _done = write!(out, " {} | {ratio} |", range(&row.floor));
        }
        out.push('\n');
    }
    out
}

/// The middle of some figures.
pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0)
}

fn range(figures: &[f64]) -> String {
    let Some(median) = median(figures) else { return String::new() };
    if figures.len() == 1 {
        return number(median);
    }
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} ({}..{})", number(median), number(least), number(most))
}

/// Three digits that count.
fn number(figure: f64) -> String {
    match figure.abs() {
        it if it >= 100.0 => format!("{figure:.0}"),
        it if it >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_median_of_ratios() {
        let row = Row::new("x", vec![1.0, 20.0, 3.0], vec![1.0, 10.0, 1.0]);
        let shown = table(&[row], true);
        assert_eq!(shown.lines().last(), Some("| x | 3.00 (1.00..20.0) | 1.00 (1.00..10.0) | 2.00 |"));
    }
}
