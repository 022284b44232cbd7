//! The command line: subcommands, and the way to their exit codes.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};

use super::bootstrap::Bootstrap;
use super::check::Check;
use super::demo::Demo;
use super::explain::Explain;
use super::fix::Fix;
use super::healthcheck::Healthcheck;
use super::history::History;
use super::import::Import;
use super::plan::Plan;
use super::render::Render;
use super::rollout::Rollout;
use super::schema::Schema;
use super::serve::Serve;
use super::wait::Wait;
use super::{compat, exit, output};

/// A standalone control plane for Envoy: edit a file, and every Envoy that should have the change has it
#[derive(Debug, Parser)]
#[command(name = "chancery", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Serve),
    Demo(Demo),
    #[command(visible_alias = "validate")]
    Check(Check),
    Plan(Plan),
    History(History),
    Rollout(Rollout),
    Wait(Wait),
    Render(Render),
    Bootstrap(Bootstrap),
    Explain(Explain),
    Schema(Schema),
    Fix(Fix),
    Import(Import),
    Healthcheck(Healthcheck),
}

/// Parses the arguments, runs the command, and says how it went.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let args = compat::modern(args);
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors. What clap prints goes where it belongs by itself.
            let _ = error.print();
            if let Some(variable) = blamed_variable(&error, &args) {
                output::talk(&format!("The value comes from the environment: {variable}"));
            }
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    let result = match cli.command {
        Command::Serve(it) => it.run().map(|()| exit::DONE),
        Command::Demo(it) => it.run().map(|()| exit::DONE),
        Command::Check(it) => it.run(),
        Command::Plan(it) => it.run(),
        Command::History(it) => it.run(),
        Command::Rollout(it) => it.run(),
        Command::Wait(it) => it.run(),
        Command::Render(it) => it.run(),
        Command::Bootstrap(it) => it.run(),
        Command::Explain(it) => it.run(),
        Command::Schema(it) => it.run(),
        Command::Fix(it) => it.run(),
        Command::Import(it) => it.run(),
        Command::Healthcheck(it) => it.run(),
    };
    ExitCode::from(result.unwrap_or_else(|error| {
        output::talk(&format!("chancery: {error:#}"));
        exit::FAULTS
    }))
}

/// The variable that a faulty value was taken from: clap names the flag, which its user may never have heard of.
fn blamed_variable(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(blamed)) = error.get(ContextKind::InvalidArg) else { return None };
    let mut cli = Cli::command();
    cli.build();
    let command = cli.find_subcommand(args.get(1)?)?;
    let arg = command.get_arguments().find(|it| it.to_string() == *blamed)?;
    let variable = arg.get_env().filter(|it| std::env::var_os(it).is_some())?;
    let flag = format!("--{}", arg.get_long().unwrap_or_default());
    let given = args.iter().filter_map(|it| it.to_str()).any(|it| it.split('=').next() == Some(&*flag));
    (!given).then(|| variable.to_string_lossy().into_owned())
}
