//! "Did you mean": the nearest of the known words. Leaves to the caller what the words are.

/// The known word that the given one is most likely a misspelling of.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long input is noise, and the distance costs the product of both lengths.
    if word.len() > 128 {
        return None;
    }
    let folded = word.to_ascii_lowercase();
    let alike = |it: &&str| it.len().abs_diff(word.len()) <= tolerance(it.len().min(word.len()));
    let nearest =
        known.into_iter().filter(alike).map(|it| (strsim::osa_distance(&folded, &it.to_ascii_lowercase()), it));
    nearest
        .filter(|(distance, it)| *distance <= tolerance(it.len().min(word.len())))
        .min_by_key(|it| it.0)
        .map(|it| it.1)
}

/// How many wrong letters a word of this length may have.
fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=10 => 2,
        _ => 3 + length / 20,
    }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["connect_timeout", "name", "type", "lb_policy", "spec"];
        assert_eq!(did_you_mean("connect_timeot", known), Some("connect_timeout"));
        assert_eq!(did_you_mean("spce", known), Some("spec"));
        assert_eq!(did_you_mean("NAME", known), Some("name"));
        assert_eq!(did_you_mean("endpoints", known), None);
        assert_eq!(did_you_mean("x", known), None);
    }
}
