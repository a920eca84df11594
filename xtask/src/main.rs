//! The project's commands. `cargo xtask --help` lists them.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command runner talks to the person who started it")]

mod bench;
mod bundle;
mod ci;
mod claims;
mod cross;
mod docs;
mod documents;
mod face;
mod fuzz;
mod house;
mod run;
mod setup;
mod shell;
mod test;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Rightdoor's commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets up, builds, and runs the main job: on this desktop, or played through on a virtual one
    Run,
    /// Sets up and passes the tests
    Test {
        /// Handed to the test runner as they are
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// What CI runs: formatting, lints, house rules, tests and the quick claims
    Ci,
    /// Runs the test or measurement behind a claim
    Prove {
        /// Which claim; `--list` names them all
        name: Option<String>,
        /// The full counts, for an idle machine
        #[arg(long)]
        long: bool,
        /// Names every claim
        #[arg(long, conflicts_with_all = ["name", "all_quick"])]
        list: bool,
        /// Runs the quick form of every claim that has one
        #[arg(long, conflicts_with_all = ["name", "long"])]
        all_quick: bool,
    },
    /// Measures
    Bench {
        /// What to measure: `companion`
        name: String,
        /// Prints the figures as one JSON line only
        #[arg(long)]
        json: bool,
    },
    /// Builds the installers of this system
    Bundle {
        /// Which kinds, such as `deb`; without one, those that need nothing fetched
        kinds: Vec<String>,
    },
    /// Writes docs/claims.md from the table of claims
    Docs {
        /// Only checks that it is up to date
        #[arg(long)]
        check: bool,
    },
    /// Checks the house rules, or one of them
    House {
        /// One rule only; without it, all
        rule: Option<String>,
    },
}

fn main() -> ExitCode {
    let done = shell::enter_root().and_then(|()| match Arguments::parse().command {
        Command::Run => run::run(),
        Command::Test { arguments } => test::run(&arguments),
        Command::Ci => ci::run(),
        Command::Prove { list: true, .. } => claims::list(),
        Command::Prove { all_quick: true, .. } => claims::prove_all_quick(),
        Command::Prove { name: Some(name), long, .. } => claims::prove_one(&name, long),
        Command::Prove { name: None, .. } => {
            anyhow::bail!("name a claim, or use --list or --all-quick")
        }
        Command::Bench { name, json } => bench::run(&name, json),
        Command::Bundle { kinds } => bundle::make(&kinds).map(|folder| println!("{}", folder.display())),
        Command::Docs { check } => docs::run(check),
        Command::House { rule } => house::run(rule.as_deref()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
