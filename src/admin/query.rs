//! The query of a request's target: `?nodes=id%3Dedge-*&most=5`.

/// The pairs of a query, decoded. `None` if it is not UTF-8 once decoded, or an escape is broken.
pub(super) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|it| !it.is_empty());
    pairs
        .map(|it| it.split_once('=').unwrap_or((it, "")))
        .map(|(key, it)| Some((decoded(key)?, decoded(it)?)))
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?].map(|it| char::from(it).to_digit(16));
                let [Some(high), Some(low)] = digits else { return None };
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_or_refused() {
        let read = |it: &str| pairs(it).map(|it| it.into_iter().map(|(a, b)| format!("{a}:{b}")).collect::<Vec<_>>());
        let expected = ["nodes:id=a b", "nodes:c", "most:", ":x"].map(str::to_owned).to_vec();
        assert_eq!(read("nodes=id%3Da+b&nodes=c&&most&=x"), Some(expected));
        assert_eq!(read(""), Some(Vec::new()));
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "%+1=a"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
