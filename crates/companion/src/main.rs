//! The binary `rightdoor-companion`: the resident companion.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use rightdoor_companion::resident::{self, attend};
use rightdoor_companion::windows::Windows;
use rightdoor_companion::{Desktop, Headless, Screen, desktop};
use rightdoor_link::LinkError;
use rightdoor_link::server::{Ends, Server};
use rightdoor_runtime::{Config, StartError, logging};
use tokio::sync::{mpsc, oneshot};

/// Keeps your registered 911 location true: notices that this computer moved, asks, and registers.
#[derive(Debug, Parser)]
#[command(name = "rightdoor-companion", version)]
struct Args {
    /// Run without tray and notifications; answer with `rightdoorctl answer`.
    #[arg(long)]
    no_tray: bool,
    /// A configuration file to read besides the usual ones.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Wrong usage or input, as everywhere in Rightdoor.
const WRONG_INPUT: u8 = 2;
/// Could not do it now.
const NOT_NOW: u8 = 3;

fn main() -> ExitCode {
    // Before anything could make a client: two providers are linked, and neither is the default.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let args = Args::parse();
    let config = match Config::load(args.config.as_deref()) {
        Ok(config) => config,
        Err(error) if args.config.is_some() => {
            eprintln!("{}", said(&error.problem()));
            return ExitCode::from(WRONG_INPUT);
        }
        Err(error) => {
            // The safety loop must run, whatever somebody wrote into a file.
            eprintln!("{}\nRunning on the built-in settings until then.", said(&error.problem()));
            Config::defaults()
        }
    };
    logging::begin(config.log, &config.data);
    let ended =
        if args.no_tray { run(config, None) } else { desktop::run(move |tray| run(config, Some(tray))) };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(NOT_NOW)
        }
    }
}

fn run(config: Config, tray: Option<desktop::TrayEnds>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the companion could not start")?;
    runtime.block_on(companion(config, tray))
}

async fn companion(config: Config, tray: Option<desktop::TrayEnds>) -> anyhow::Result<()> {
    let (runtime, data, with_windows) = (config.runtime.clone(), config.data.clone(), config.windows);
    let socket = rightdoor_link::socket_path(&runtime);
    // First, because it finds out whether another companion of this person runs.
    let server = Server::bind(&socket).await.map_err(|error| said(&link_problem(&error)))?;
    let running =
        rightdoor_runtime::start(config).await.map_err(|error: StartError| said(&error.problem()))?;
    for problem in &running.problems {
        tracing::warn!(code = problem.code, hint = problem.hint, "{}", problem.message);
    }
    let (stop_link, link_stopped) = oneshot::channel::<()>();
    let ends = Ends {
        views: running.views.clone(),
        intents: running.intents.clone(),
        looks: running.looks.clone(),
        trace: running.trace.clone(),
    };
    let link = tokio::spawn(server.run(ends, async {
        let _ = link_stopped.await;
    }));

    let (act, actions) = mpsc::unbounded_channel();
    let (failed, windowless) = mpsc::unbounded_channel();
    let windows = match tray {
        Some(_) if with_windows => Windows::beside_this_program(&runtime, &data, failed),
        Some(_) | None => Windows::none(failed),
    };
    let mut screen: Box<dyn Screen> = match tray {
        Some(tray) => Box::new(Desktop::begin(tray, &act)),
        None => Box::new(Headless),
    };
    let ends = resident::Ends {
        views: running.views.clone(),
        intents: running.intents.clone(),
        actions,
        windowless,
    };
    tracing::info!(socket = %socket.display(), "the companion runs");
    attend(screen.as_mut(), &windows, ends, desktop::told_to_stop()).await;
    // What is on the screen goes while the registry is told.
    drop(screen);
    let _ = stop_link.send(());
    running.stop().await;
    let _ = link.await;
    tracing::info!("the companion has ended");
    Ok(())
}

fn link_problem(error: &LinkError) -> rightdoor_link::Problem {
    error.problem()
}

/// A problem for a person at a terminal: what happened, and what to do.
fn said(problem: &rightdoor_link::Problem) -> anyhow::Error {
    anyhow::anyhow!("{}\n{}", problem.message, problem.hint)
}
