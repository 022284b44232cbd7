//! Any bytes through all of the checking, as YAML, binary and text protobuf, beside a good document: no panic, and
//! nothing of a document with errors is served.

#![no_main]

use std::time::Instant;

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::source::Reading;
use chancery::spec::{RawFile, Severity};

const BESIDE: &str = "spec: {clusters: [{name: web, endpoints: ['10.0.0.1:80']}]}\n";

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    for name in ["fuzz.yaml", "fuzz.pb", "fuzz.pb_text"] {
        let files = vec![RawFile::new("beside.yaml", BESIDE.as_bytes()), RawFile::new(name, content)];
        let reading = Reading { files, faults: Vec::new(), content_changed_at: Instant::now() };
        let loaded = Loader::new(Settings::default(), Isolation::Document).load(&reading);
        let has_errors = loaded.diagnostics.iter().any(|it| it.severity == Severity::Error);
        assert!(loaded.generation.is_none() || !has_errors);
    }
});
