//! Finds Envoy's compiled descriptors in the package `envoy-types` and embeds them, and their comments apart from them.
//!
//! The package carries them (`src/generated/types.bin`) but does not export them, so the path comes from
//! `cargo metadata`. Comments (`source_code_info`) are four fifths of the size and needed by `explain` and `schema`
//! only: they go into a file of their own (`build/comments.rs`). The rest is copied byte for byte: decoding and encoding
//! it again would drop the options that carry `validate.rules`. What the package lacks of Envoy's API is added from the
//! tables in `proto/` (`build/tables.rs`, `build/describe.rs`).

#![expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]

#[path = "build/comments.rs"]
mod comments;
#[path = "build/describe.rs"]
mod describe;
#[path = "build/rules.rs"]
mod rules;
#[path = "build/tables.rs"]
mod tables;
#[path = "build/wire.rs"]
mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, error::Error, fs};

use wire::{for_each_field, put_varint};

/// `FileDescriptorSet.file` and `FileDescriptorProto.source_code_info`.
const FILE: u64 = 1;
const SOURCE_CODE_INFO: u64 = 9;

/// What the package lacks (`proto/README.md`).
const TABLES: [&str; 2] = ["proto/envoy.table", "proto/contrib.table"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let descriptors = package("envoy-types")?.join("src/generated/types.bin");
    let whole = fs::read(&descriptors).map_err(|error| format!("{}: {error}", descriptors.display()))?;
    let out = env::var("OUT_DIR")?;
    let stripped = strip(&whole).ok_or("envoy-types' descriptor set is malformed")?;
    let mut added = tables::Table::default();
    for table in TABLES {
        let text = fs::read_to_string(table).map_err(|error| format!("{table}: {error}"))?;
        tables::read(&text, &mut added).map_err(|error| format!("{table}, {error}"))?;
    }
    fs::write(Path::new(&out).join("envoy.fds"), describe::add(&stripped, &added)?)?;
    let comments = comments::of(&whole).ok_or("envoy-types' comments are malformed")?;
    fs::write(Path::new(&out).join("envoy.comments"), miniz_oxide::deflate::compress_to_vec_zlib(&comments, 9))?;
    Ok(())
}

/// The folder of a package that this one depends on.
fn package(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    // Offline suffices unless packages that only tests need were never downloaded (a first `cargo run`).
    let mut output = metadata(&["--offline"])?;
    if !output.status.success() {
        output = metadata(&[])?;
    }
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let found = packages.iter().find(|it| it["name"] == name).ok_or("the package is not a dependency")?;
    let manifest = Path::new(found["manifest_path"].as_str().ok_or("the package has no manifest")?);
    Ok(manifest.parent().ok_or("the manifest has no folder")?.to_owned())
}

fn metadata(more: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(env::var("CARGO")?)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &env::var("TARGET")?])
        .args(more)
        .current_dir(env::var("CARGO_MANIFEST_DIR")?)
        .output()?)
}

/// The set with each file's comments left out.
fn strip(set: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut whole = true;
    for_each_field(set, |_, _, file| {
        let mut kept = Vec::new();
        let read = for_each_field(file, |number, raw, _| {
            if number != SOURCE_CODE_INFO {
                kept.extend_from_slice(raw);
            }
        });
        whole &= read.is_some();
        out.push((FILE << 3 | 2) as u8);
        put_varint(&mut out, kept.len() as u64);
        out.extend_from_slice(&kept);
    })?;
    whole.then_some(out)
}
