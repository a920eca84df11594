//! THE HANDLE: `rightdoorctl`, the whole of Rightdoor in a terminal.
//!
//! A client of the link for whatever the companion knows or does, and a reader of what is kept on
//! disk for whatever must work without it (`audit`, `places`, `guidance`, `doctor`). It decides
//! nothing: sentences come from [`rightdoor_core::words`], the truth from [`rightdoor_core::View`].
#![forbid(unsafe_code)]

mod act;
mod address;
mod advisory;
mod args;
mod audit;
mod doctor;
mod exit;
mod guidance;
mod paper;
mod places;
mod reach;
mod setup;
mod standing;
mod watch;
mod when;

pub use args::{Args, Command};
pub use exit::{Exit, Fault};
pub use paper::Paper;

/// Does what the command line asks, and says how it ended.
pub async fn run(args: Args, paper: &mut Paper<'_>) -> Exit {
    match dispatch(args, paper).await {
        Ok(exit) => exit,
        Err(fault) => paper.fault(&fault),
    }
}

async fn dispatch(args: Args, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let Args { config: given, json: _, command } = args;
    let given = given.as_deref();
    let configured = || reach::configuration(given);
    match command {
        Command::Where { why } => standing::show(&configured()?, why, paper).await,
        Command::Answer { prompt, answer } => act::answer(&configured()?, prompt, &answer, paper).await,
        Command::Confirm => act::confirm(&configured()?, paper).await,
        Command::Change { place } => act::change(&configured()?, &place, paper).await,
        Command::Report933 { answer } => act::report_933(&configured()?, answer, paper).await,
        Command::Enrol { provider: true, .. } => act::enrol_at_provider(&configured()?, paper).await,
        Command::Enrol { code, registry, provider: false } => {
            act::enrol(&configured()?, code.unwrap_or_default(), registry.unwrap_or_default(), paper).await
        }
        Command::Advisory { acknowledge, lang } => {
            advisory::show(&configured()?, acknowledge, lang, paper).await
        }
        Command::Watch => watch::follow(&configured()?, paper).await,
        Command::Audit { action } => audit::show(&configured()?, action, paper),
        Command::Places { action } => places::show(&configured()?, action, paper),
        // These must not fail because of a configuration.
        Command::Doctor => doctor::show(given, paper).await,
        Command::Guidance { lang } => guidance::show(given, lang, paper).await,
        Command::Completions { shell } => setup::completions(shell, paper),
        Command::Man { folder } => setup::man(&folder, paper),
        Command::Supervise { action } => setup::supervise(action, given, paper),
    }
}
