//! THE WINDOWS: draw what the companion says, send what the agent wants, decide nothing.
//!
//! A short-lived process, started on demand and gone when its last window closes, so that the safety loop
//! never depends on a web view. One process shows all windows: a second one rings the first and ends. The page
//! may ask three things ([`commands`]) and hears one event; everything else it could ask is not permitted to it.
#![forbid(unsafe_code)]

mod commands;
mod companion;
mod deep_link;
mod test_call;
mod wanted;
mod windows;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use companion::{Desk, Place};
use rightdoor_link::doorbell::{self, Doorbell};
use rightdoor_link::{LinkError, places};
use tauri::async_runtime::{block_on, spawn};
use tauri::{AppHandle, Manager};
use wanted::{Args, Wanted};

/// Shows what the command line wants: in the process that has the windows, or in this one, which then stays
/// until the last of them is closed.
///
/// # Errors
/// When the web view cannot start; the companion and `rightdoorctl` go on without it.
pub fn run() -> tauri::Result<()> {
    let args = Args::parse();
    let wanted = Wanted::of(&args);
    let runtime = args.runtime.clone().or_else(places::runtime).unwrap_or_else(std::env::temp_dir);
    let card = args.data.as_deref().map(|data| data.join("guidance.txt"));
    let card = card.or_else(places::guidance_file).unwrap_or_else(|| PathBuf::from("guidance.txt"));
    let bell = match block_on(claim(&runtime, &wanted)) {
        Claim::Shown => return Ok(()),
        Claim::Ours(bell) => bell,
    };
    let place = Place {
        socket: rightdoor_link::socket_path(&runtime),
        guidance: card,
        usual: args.runtime.is_none(),
    };
    let desk = Arc::new(Desk::new(place));
    tauri::Builder::default()
        .manage(Arc::clone(&desk))
        .invoke_handler(tauri::generate_handler![commands::shown, commands::act, commands::look])
        .setup(move |app| {
            let app = app.handle().clone();
            spawn(follow(app.clone(), desk));
            spawn(begin(app, wanted, bell));
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|_, _| {});
    Ok(())
}

enum Claim {
    /// Another process shows it.
    Shown,
    /// This process shows windows; with a bell, unless the folder for one is not to be had. The card must open
    /// all the same.
    Ours(Option<Doorbell>),
}

async fn claim(runtime: &Path, wanted: &Wanted) -> Claim {
    let path = doorbell::path(runtime);
    // Twice: the first process may be on its way out just now.
    for _ in 0..2 {
        match Doorbell::hang(&path).await {
            Ok(bell) => return Claim::Ours(Some(bell)),
            Err(LinkError::AlreadyRunning { .. }) => {
                if doorbell::ring(&path, wanted).await.is_ok() {
                    return Claim::Shown;
                }
            }
            Err(error) => {
                eprintln!("{error}");
                return Claim::Ours(None);
            }
        }
    }
    Claim::Ours(None)
}

async fn follow(app: AppHandle, desk: Arc<Desk>) {
    desk.follow(|| windows::draw(&app)).await;
}

/// Opens the first window, then whatever is rung for.
async fn begin(app: AppHandle, wanted: Wanted, bell: Option<Doorbell>) {
    show(&app, &wanted).await;
    if app.webview_windows().is_empty() {
        // Nobody asked, and by now there is nothing to show.
        return app.exit(0);
    }
    let Some(mut bell) = bell else { return };
    loop {
        let wanted = bell.rung().await;
        show(&app, &wanted).await;
    }
}

async fn show(app: &AppHandle, wanted: &Wanted) {
    if let Err(error) = windows::open(app, wanted).await {
        eprintln!("The window could not open: {error}. Use `rightdoorctl where` meanwhile.");
        if app.webview_windows().is_empty() {
            app.exit(3);
        }
    }
}
