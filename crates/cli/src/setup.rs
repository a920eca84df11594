//! `completions`, `man`, `supervise`: putting Rightdoor in its place on a computer.

use std::path::Path;

use clap::CommandFactory as _;

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
    _action: SuperviseAction,
    _config: Option<&Path>,
    _paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    Err(Fault::could_not(
        "not_supported",
        "this system's supervision is not known to Rightdoor",
        "start `rightdoor-companion` from your session's autostart",
    ))
}
