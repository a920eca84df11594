//! `rightdoor-registry`: the self-hosted registry and its administration.

mod cli;
mod told;

use std::process::ExitCode;

use clap::Parser as _;

/// Lookups are many small allocations; the system's allocator takes a fifth of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("RIGHTDOOR_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rightdoor-registry: {error:#}");
            ExitCode::from(error.downcast_ref::<cli::Usage>().map_or(3, |_| 2))
        }
    }
}
