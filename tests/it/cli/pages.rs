//! Examples in `docs/`: each ```` ```console ```` block is run, and must print what the page says.
//!
//! A block ```` ```yaml NAME.yaml ```` before it writes that file into the example's folder; a page's blocks share one
//! folder. `UPDATE_DOCS=1 cargo test --test it cli::pages` writes the outputs anew.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::world::World;

fn pages() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let mut pages: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    pages.retain(|it| it.extension().is_some_and(|it| it == "md"));
    pages.sort();
    pages
}

/// What a command line prints, both streams, with its exit code if that is not 0.
async fn transcript(world: &World, line: &str) -> String {
    let mut shell = world.program("sh");
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_chancery"));
    let path = format!("{}:/usr/bin:/bin", folder.parent().unwrap().display());
    let output = shell.env("PATH", path).args(["-c", &format!("exec 2>&1; {line}")]).output().await.unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if let Some(code) = output.status.code().filter(|it| *it != 0) {
        writeln!(text, "? {code}").unwrap();
    }
    text
}

#[tokio::test]
async fn every_example_prints_what_its_page_says() {
    let mut run = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let world = World::new();
        let mut fresh = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            writeln!(fresh, "{line}").unwrap();
            let Some(fence) = line.strip_prefix("```").filter(|it| !it.is_empty()) else { continue };
            let block: Vec<_> = lines.by_ref().take_while(|it| *it != "```").collect();
            if fence == "console" {
                for command in block.iter().filter_map(|it| it.strip_prefix("$ ")) {
                    write!(fresh, "$ {command}\n{}", transcript(&world, command).await).unwrap();
                    run += 1;
                }
            } else {
                block.iter().for_each(|it| writeln!(fresh, "{it}").unwrap());
                if let Some((_, name)) = fence.split_once(' ') {
                    world.write(name, block.join("\n") + "\n");
                }
            }
            fresh.push_str("```\n");
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&page, &fresh).unwrap();
        }
        assert_eq!(fresh, text, "{}: run with UPDATE_DOCS=1", page.display());
    }
    assert!(run >= 5, "only {run} examples");
}
