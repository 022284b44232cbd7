//! The times of certificates, and days for people. Leaves the clock to others.

use super::der::Item;

const DAY: i64 = 86_400;

/// Seconds since 1970 of a `UTCTime` or a `GeneralizedTime`.
pub(super) fn read(item: Item<'_>) -> Option<i64> {
    const UTC_TIME: u8 = 0x17;
    let text = std::str::from_utf8(item.bytes).ok()?.strip_suffix('Z')?;
    let text = match item.tag {
        UTC_TIME => format!("{}{text}", if text.as_bytes().first()? < &b'5' { "20" } else { "19" }),
        _ => text.to_owned(),
    };
    if text.len() != 14 || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let days = days_of(part(0, 4)?, part(4, 6)?, part(6, 8)?);
    Some(days * DAY + part(8, 10)? * 3600 + part(10, 12)? * 60 + part(12, 14)?)
}

/// The day of a time, as `2026-11-24`.
pub(in crate::check) fn day(seconds: i64) -> String {
    // Years begin in March here, so that a leap day comes last; 400 years repeat.
    let days = seconds.div_euclid(DAY) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        for (tag, text, expected) in [
            (0x17, "700101000000Z", Some(0)),
            (0x17, "261124200900Z", Some(1_795_550_940)),
            (0x17, "491231235959Z", Some(2_524_607_999)),
            (0x18, "20500101000000Z", Some(2_524_608_000)),
            (0x18, "20000229120000Z", Some(951_825_600)),
            (0x17, "2611242009Z", None),
            (0x17, "261124200900+0100", None),
        ] {
            assert_eq!(read(Item { tag, bytes: text.as_bytes() }), expected, "{text}");
        }
    }

    #[test]
    fn days() {
        for (seconds, expected) in
            [(0, "1970-01-01"), (951_825_600, "2000-02-29"), (1_795_550_940, "2026-11-24"), (-1, "1969-12-31")]
        {
            assert_eq!(day(seconds), expected);
        }
    }
}
