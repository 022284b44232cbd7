//! Any bytes through the parser: no panic, every place inside the text.

#![no_main]

use chancery::spec::{Diagnostics, Text, parse_yaml};

libfuzzer_sys::fuzz_target!(|content: &str| {
    let text = Text::new("fuzz.yaml", content);
    let mut out = Diagnostics::default();
    parse_yaml(&text, &mut out);
    for label in out.0.iter().flat_map(|it| &it.labels) {
        if let Some(span) = label.span {
            assert!(span.start <= span.end && span.end as usize <= content.len() + 1, "{span:?}");
        }
    }
});
