//! The comments of Envoy's API, packed into the binary by `build.rs` and unpacked when the first one is asked for.
//!
//! 2 MB of text in 0.5 MB. Leaves to `prose` what is inside a comment.

use std::collections::HashMap;
use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/envoy.comments"));

type Records = HashMap<&'static str, &'static str>;

/// All records by their names; those of extensions begin with `#`.
fn records() -> &'static Records {
    static TEXT: OnceLock<String> = OnceLock::new();
    static RECORDS: OnceLock<Records> = OnceLock::new();
    RECORDS.get_or_init(|| {
        // Our own bytes, which a test unpacks; were they damaged, there would be no comments.
        let text = TEXT.get_or_init(|| {
            let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(PACKED).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        });
        let mut parts = text.split('\0');
        std::iter::from_fn(|| Some((parts.next()?, parts.next()?))).collect()
    })
}

/// The comment on a message, field, oneof, enum or enum value, by its full name; empty if it has none.
pub(super) fn comment(name: &str) -> &'static str {
    records().get(name).copied().unwrap_or_default()
}

/// All extensions: their names, and the messages of the files that declare them.
pub(super) fn extensions() -> impl Iterator<Item = (&'static str, &'static str)> {
    records().iter().filter_map(|(name, messages)| Some((name.strip_prefix('#')?, *messages)))
}

/// The messages of the file that declares an extension, with spaces between.
pub(super) fn extension(name: &str) -> Option<&'static str> {
    records().get(format!("#{name}").as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_unpacked_and_under_its_name() {
        assert!(records().len() > 6_000, "{}", records().len());
        let of_field = comment("envoy.config.cluster.v3.OutlierDetection.consecutive_5xx");
        assert!(of_field.starts_with("The number of consecutive server-side error responses"), "{of_field}");
        assert!(comment("envoy.config.cluster.v3.Cluster.LbPolicy.RING_HASH").contains("ring hash"));
        assert_eq!(extension("envoy.filters.http.router"), Some("envoy.extensions.filters.http.router.v3.Router"));
        assert_eq!(comment("envoy.Nothing"), "");
    }
}
