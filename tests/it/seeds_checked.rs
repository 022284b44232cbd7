//! Every document of the seeds through `check`: what is said of it, kept beside it in `tests/specs/seeds`.
//!
//! `UPDATE_SPECS=1 cargo test --test it seeds_checked` writes the expected texts anew.

use std::{fs, time};

use chancery::app::{Isolation, Loader};
use chancery::compile::Settings;
use chancery::source::Reading;
use chancery::spec::RawFile;

use crate::across::draw;
use crate::documents::corpus;

#[test]
#[expect(clippy::disallowed_methods, reason = "readings carry a time, which the loader does not look at")]
fn each_seed_is_judged_as_expected() {
    let seeds = corpus("seeds");
    assert!(seeds.len() >= 15, "{}", seeds.len());
    for path in seeds {
        let name = path.file_name().unwrap().to_str().unwrap();
        let files = vec![RawFile::new(name, fs::read(&path).unwrap().as_slice())];
        let reading = Reading { files, faults: Vec::new(), content_changed_at: time::Instant::now() };
        let loaded = Loader::new(Settings::default(), Isolation::Document).load(&reading);
        let skipped: String = loaded.skipped.iter().map(|(_, why)| format!("skipped: {why}\n")).collect();
        let drawn = draw(&loaded.diagnostics) + &skipped;
        let mut expected = path.clone();
        expected.as_mut_os_string().push(".checked");
        if std::env::var_os("UPDATE_SPECS").is_some() {
            fs::write(&expected, &drawn).unwrap();
        }
        assert_eq!(drawn, fs::read_to_string(&expected).unwrap_or_default(), "{name}");
    }
}
