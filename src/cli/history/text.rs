//! The history as people read it: tables. Names and reasons are others' words: escaped and bounded.

use std::fmt::Write;
use std::path::Path;

use super::Shown;
use crate::state::{Listing, Outcome, Record};

/// How much of a reason is shown, in characters.
const REASON: usize = 200;

pub(super) fn listing(listing: &Listing, dir: &Path) -> String {
    let mut out = String::new();
    if listing.generations.is_empty() {
        let _ = writeln!(out, "there is no generation in {} that can be read", dir.display());
    } else {
        let mut rows = vec![["GENERATION", "MADE (UTC)", "VERSION", "FILES", "BYTES", "RESULT"].map(str::to_owned)];
        rows.extend(listing.generations.iter().map(|it| {
            let bytes: u64 = it.files.iter().map(|it| it.bytes).sum();
            let (made, result) = (utc(it.at_ms, " "), outcome(&it.outcome));
            [it.number.to_string(), made, it.version.to_string(), it.files.len().to_string(), bytes.to_string(), result]
        }));
        out.push_str(&table(&rows));
    }
    for (index, it) in listing.damaged.iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}generation {} is damaged: {}: {}", it.number, it.path.display(), it.reason);
    }
    out
}

pub(super) fn generation(record: &Record, files: &[Shown]) -> String {
    let sources: Vec<_> = record.sources.iter().map(|it| plain(it)).collect();
    let mut out = format!("generation {}: {}\n", record.number, outcome(&record.outcome));
    let _ = writeln!(out, "made {} UTC, version {}", utc(record.at_ms, " "), record.version);
    let _ = writeln!(out, "from {}\n", sources.join(", "));
    let mut rows = vec![["FILE", "BYTES", "DOCUMENTS", "RESOURCES"].map(str::to_owned)];
    rows.extend(files.iter().map(|it| {
        let name = plain(&it.file.name);
        [name, it.file.content.len().to_string(), it.documents.to_string(), resources(it)]
    }));
    out + &table(&rows)
}

/// `2 CDS, 1 LDS`.
fn resources(shown: &Shown) -> String {
    if shown.errors > 0 {
        return "has faults by today's rules: write it out, and see what `chancery check` says".to_owned();
    }
    let counts: Vec<_> = shown.resources.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        // What became of the rest was not written down: the daemon ended, or a newer generation came.
        Outcome::Good { acked, refused, silent: silent @ 1.. } => {
            format!("good ({acked} of {} nodes had it when promoted)", acked + refused + silent)
        }
        Outcome::Good { acked, refused, silent: 0 } => {
            let counts = [(acked, "acked"), (refused, "refused")];
            let counts = counts.into_iter().filter(|it| *it.0 > 0).map(|(count, word)| format!("{count} {word}"));
            let counts = counts.collect::<Vec<_>>().join(", ");
            format!("good{}{counts}", if counts.is_empty() { "" } else { ": " })
        }
        Outcome::Refused { reason } => {
            let shown: String = reason.chars().take(REASON).collect();
            let more = if shown.len() < reason.len() { "…" } else { "" };
            format!("refused: {}{more}", plain(&shown))
        }
        Outcome::Trial => "on trial: no verdict yet".to_owned(),
        Outcome::Superseded => "superseded before the verdict".to_owned(),
    }
}

/// On one line, with nothing that a terminal obeys; quotes are harmless.
fn plain(text: &str) -> String {
    let quote = |c: char| c == '"' || c == '\'';
    text.chars().map(|c| if quote(c) { c.to_string() } else { c.escape_debug().to_string() }).collect()
}

/// Columns as wide as their widest cell.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|it| it[index].chars().count()).max().unwrap_or(0);
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            let _ = write!(line, "{cell}{}", " ".repeat(gap));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// `2026-11-25 18:09:50`, from milliseconds since 1970.
pub(super) fn utc(at_ms: u64, between: &str) -> String {
    let seconds = at_ms / 1000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years from March, so that the leap day is the last of one; 400 of them are one period of the calendar.
    let days = days + 719_468;
    let (period, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + period * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, shown) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (1_735_689_599, "2024-12-31 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (1_795_630_190, "2026-11-25 18:09:50"),
        ] {
            assert_eq!(utc(seconds * 1000 + 999, " "), shown);
        }
        utc(u64::MAX, "T");
    }

    #[test]
    fn a_reason_cannot_forge_or_flood_the_table() {
        let reason = format!("\u{1b}[2J\n13  good {}", "x".repeat(10_000));
        let shown = outcome(&Outcome::Refused { reason });
        assert!(!shown.contains('\u{1b}') && !shown.contains('\n') && shown.chars().count() < 300, "{shown}");
    }
}
