//! `rightdoorctl`: see `docs/cli.md`.

use std::io::{stderr, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use rightdoor_cli::{Args, Exit, Paper};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wants_json = std::env::args_os().any(|word| word == "--json");
    let (mut out, mut err) = (stdout().lock(), stderr().lock());
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if wants_json && error.use_stderr() => {
            return Paper::new(&mut out, &mut err, true).fault(&error.into()).into();
        }
        Err(error) => {
            // Help and version, on stdout; a usage error on stderr, in clap's own words.
            let exit = if error.use_stderr() { Exit::Wrong } else { Exit::Done };
            let _ = error.print();
            return exit.into();
        }
    };
    let mut paper = Paper::new(&mut out, &mut err, args.json);
    rightdoor_cli::run(args, &mut paper).await.into()
}
