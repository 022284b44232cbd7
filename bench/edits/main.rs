//! The benchmark of reading: a large document checked from cold, and one item of it edited.
//!
//! `documents` writes what is read. Method and figures: docs/benchmarks.md.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table on stdout is its purpose")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

mod documents;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use chancery::app::{Isolation, Loader};
use chancery::compile::{Kept, Settings, compile, recompile};
use chancery::lifecycle::spread;
use chancery::resource::Node;
use chancery::snapshot::Selection;
use chancery::source::Reading;
use chancery::spec::RawFile;
use clap::Parser;

use self::documents::Form;

/// Reading a large document, and an edit of it.
#[derive(Debug, Parser)]
#[command(name = "edits")]
struct Args {
    /// Items of a document
    #[arg(long, default_value_t = 10_000)]
    items: usize,
    /// How often each is measured
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// The program whose `check` is measured [default: the one built beside this]
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// The figures of one form, in milliseconds.
#[derive(Debug, Default)]
struct Figures {
    check: Vec<f64>,
    cold_items: Vec<f64>,
    cold_whole: Vec<f64>,
    edit: Vec<f64>,
    edit_above: Vec<f64>,
    warm_whole: Vec<f64>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => {
            let own = std::env::current_exe()?;
            own.ancestors().nth(2).context("no folder above this program")?.join("chancery")
        }
    };
    ensure!(binary.exists(), "{} is not there: build it with --release --bin chancery", binary.display());
    let folder = tempfile::tempdir()?;
    println!("{} items, {} rounds, milliseconds, median (range)\n", args.items, args.rounds);
    println!(
        "| | MB | `check`, cold | read, cold | read as a whole, cold | ratio | edit → snapshot | edit above all → snapshot \
         | read as a whole, warm | ratio |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for form in Form::ALL {
        let text = form.text(args.items, 0, 8080);
        let path = folder.path().join("bench.yaml");
        std::fs::write(&path, &text)?;
        let check = || {
            let begun = Instant::now();
            let status =
                Command::new(&binary).arg("check").arg("--quiet").arg(&path).stderr(Stdio::inherit()).status()?;
            ensure!(status.success(), "`check` failed");
            Ok(milliseconds(begun))
        };
        let figures = measure(args, form, &text, check)?;
        let megabytes = text.len() as f64 / 1e6;
        println!(
            "| {} | {megabytes:.1} | {} | {} | {} | {} | {} | {} | {} | {} |",
            form.what(),
            range(&figures.check),
            range(&figures.cold_items),
            range(&figures.cold_whole),
            ratio(&figures.cold_whole, &figures.cold_items),
            range(&figures.edit),
            range(&figures.edit_above),
            range(&figures.warm_whole),
            ratio(&figures.warm_whole, &figures.edit),
        );
    }
    Ok(())
}

/// All figures of a form, in turns, so that what disturbs one disturbs all.
fn measure(args: &Args, form: Form, text: &str, check: impl Fn() -> Result<f64>) -> Result<Figures> {
    let settings = Settings::default();
    let mut loader = Loader::new(settings.clone(), Isolation::Document);
    let mut load = |text: &str| {
        let file = RawFile::new("bench.yaml", text.as_bytes());
        let reading = Reading { files: vec![file], faults: Vec::new(), content_changed_at: Instant::now() };
        let begun = Instant::now();
        let loaded = loader.load(&reading);
        let Some(generation) = loaded.generation else { bail!("no new generation: {:?}", loaded.broken) };
        let Selection::Snapshot(snapshot) = generation.select(&Node::default()) else { bail!("no snapshot") };
        let took = milliseconds(begun);
        drop(snapshot);
        Ok(took)
    };
    load(text)?;
    let file = Arc::new(RawFile::new("bench.yaml", text.as_bytes()));
    let mut figures = Figures::default();
    // The first edits warm up.
    for round in 0..args.rounds + 2 {
        // A prime step spreads edits over the whole document.
        let (at, port) = ((round + 1) * 7919 % args.items, 8081 + round % 900);
        let edited = form.text(args.items, at, port);
        let edit = load(&edited)?;
        let edit_above = load(&format!("# round {round}\n{edited}"))?;
        if round < 2 {
            continue;
        }
        figures.edit.push(edit);
        figures.edit_above.push(edit_above);
        figures.check.push(check()?);
        figures.cold_items.push(on_new_thread(&file, |it| {
            let compiled = recompile(it, &Settings::default(), &mut Kept::default(), spread);
            compiled.by_items && compiled.documents.len() == 1
        })?);
        figures.cold_whole.push(on_new_thread(&file, |it| compile(it, &Settings::default()).documents.len() == 1)?);
        let begun = Instant::now();
        let compiled = compile(&file, &settings);
        figures.warm_whole.push(milliseconds(begun));
        ensure!(compiled.documents.len() == 1, "the document is not good");
    }
    Ok(figures)
}

/// How long a reading takes on a thread that knows nothing yet of Envoy's messages.
fn on_new_thread(file: &Arc<RawFile>, read: impl Fn(&RawFile) -> bool + Send + 'static) -> Result<f64> {
    let file = file.clone();
    let thread = thread::spawn(move || {
        let begun = Instant::now();
        let is_good = read(&file);
        (is_good, milliseconds(begun))
    });
    match thread.join() {
        Ok((true, took)) => Ok(took),
        Ok((false, _)) => bail!("the document was not read as it should be"),
        Err(_) => bail!("reading panicked"),
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn range(figures: &[f64]) -> String {
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(0.0, f64::max);
    format!("{:.1} ({least:.1}..{most:.1})", median(figures))
}

/// The median of the rounds' ratios.
fn ratio(slow: &[f64], fast: &[f64]) -> String {
    let ratios: Vec<_> = slow.iter().zip(fast).map(|(slow, fast)| slow / fast).collect();
    format!("{:.1}", median(&ratios))
}
