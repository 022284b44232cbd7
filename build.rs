//! Finds Envoy's compiled descriptors in the package `envoy-types` and embeds them without their comments.
//!
//! The package carries them (`src/generated/types.bin`) but does not export them, so the path comes from
//! `cargo metadata`. Comments (`source_code_info`) are four fifths of the size and not needed at run time. The rest
//! is copied byte for byte: decoding and encoding it again would drop the options that carry `validate.rules`.

#![expect(clippy::disallowed_methods, reason = "cargo talks to build scripts through the environment")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, error::Error, fs};

/// `FileDescriptorSet.file` and `FileDescriptorProto.source_code_info`.
const FILE: u64 = 1;
const SOURCE_CODE_INFO: u64 = 9;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let descriptors = package("envoy-types")?.join("src/generated/types.bin");
    let whole = fs::read(&descriptors).map_err(|error| format!("{}: {error}", descriptors.display()))?;
    let stripped = strip(&whole).ok_or("envoy-types' descriptor set is malformed")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("envoy.fds"), stripped)?;
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

/// Calls `visit(number, whole field, payload)` for each top-level field of a message.
fn for_each_field(mut message: &[u8], mut visit: impl FnMut(u64, &[u8], &[u8])) -> Option<()> {
    while !message.is_empty() {
        let start = message;
        let key = varint(&mut message)?;
        let payload = match key & 7 {
            0 => {
                varint(&mut message)?;
                &[]
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                take(&mut message, length)?
            }
            1 => take(&mut message, 8)?,
            5 => take(&mut message, 4)?,
            _ => return None,
        };
        visit(key >> 3, &start[..start.len() - message.len()], payload);
    }
    Some(())
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = from.split_at_checked(length)?;
    *from = tail;
    Some(head)
}

fn varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *take(from, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
