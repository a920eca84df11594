//! `completions`, `man`, `supervise`: putting Rightdoor in its place on a computer.

use std::path::Path;

use clap::CommandFactory as _;
use rightdoor_platform::supervise::{self, Service, Status, SuperviseError};
use rightdoor_runtime::Config;
use serde_json::json;

use crate::args::SuperviseAction;
use crate::{Args, Exit, Fault, Paper};

pub fn completions(shell: clap_complete::Shell, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "rightdoorctl", &mut script);
    paper.out().write_all(&script)?;
    Ok(Exit::Done)
}

pub fn man(folder: &Path, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let cannot = |error: std::io::Error| {
        Fault::could_not(
            "cannot_write",
            format!("DIR {} cannot be written: {error}", folder.display()),
            "name a folder that you may write in",
        )
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    clap_mangen::generate_to(Args::command(), folder).map_err(cannot)?;
    if !paper.wants_json() {
        paper.line(&format!("The manual pages are in {}.", folder.display()))?;
    }
    Ok(Exit::Done)
}

pub fn supervise(
    action: SuperviseAction,
    given: Option<&Path>,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    match action {
        SuperviseAction::Install { no_tray } => {
            supervise::install(&service(no_tray, given)?).map_err(refused)?;
        }
        SuperviseAction::Remove => supervise::remove().map_err(refused)?,
        SuperviseAction::Status => {}
    }
    let status = supervise::status();
    let (name, text) = match status {
        Status::Running => {
            ("running", "The companion is started at login and again after a failure; it runs.")
        }
        Status::Stopped => ("stopped", "The companion is started at login, but it does not run now."),
        Status::Unknown => (
            "unknown",
            "The companion is to be started at login, but the system's supervisor does not answer.",
        ),
        Status::NotInstalled => {
            ("not_installed", "Nothing starts the companion: `rightdoorctl supervise install` changes that.")
        }
    };
    if paper.wants_json() {
        paper.value(&json!({ "status": name }))?;
    } else {
        paper.line(text)?;
    }
    let as_wanted = match action {
        SuperviseAction::Install { .. } | SuperviseAction::Status => status == Status::Running,
        SuperviseAction::Remove => status == Status::NotInstalled,
    };
    Ok(if as_wanted { Exit::Done } else { Exit::No })
}

/// The companion that was installed beside this program, with the configuration that was named.
fn service(no_tray: bool, given: Option<&Path>) -> Result<Service, Fault> {
    let named = |name: &Path| name.to_str().map(str::to_owned);
    let mut arguments = Vec::new();
    if no_tray {
        arguments.push("--no-tray".to_owned());
    }
    if let Some(file) = given {
        // A mistake found now is better than a companion that fails at every login.
        Config::load(Some(file))?;
        let file = std::path::absolute(file).ok().as_deref().and_then(named).ok_or_else(|| {
            Fault::wrong("bad_config_path", "--config has a name that is not UTF-8", "rename the file")
        })?;
        arguments.extend(["--config".to_owned(), file]);
    }
    let program = format!("rightdoor-companion{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(program)));
    let program = beside.filter(|program| program.is_file()).ok_or_else(|| {
        Fault::could_not(
            "no_companion",
            "rightdoor-companion is not installed beside rightdoorctl",
            "run the rightdoorctl that was installed with Rightdoor, or install the companion into its folder",
        )
    })?;
    Ok(Service { program, arguments })
}

fn refused(error: SuperviseError) -> Fault {
    let hint = match error {
        SuperviseError::Refused { .. } => {
            "log in to a full session, where the system's supervisor runs; until then start `rightdoor-companion` yourself"
        }
        SuperviseError::File { .. } => "make the file and its folder writable for this account",
        SuperviseError::NoHome(_) => "set HOME to this account's folder",
        SuperviseError::Relative(_) => "run rightdoorctl by its full path",
    };
    Fault::could_not("supervise_failed", error.to_string(), hint)
}
