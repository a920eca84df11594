//! Running other programs: what is run is shown, and what fails says so.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// The repository's root, from where this crate was built.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Makes the root the working directory, wherever the command was typed.
pub fn enter_root() -> Result<()> {
    std::env::set_current_dir(root()).context("the repository's root cannot be entered")
}

/// The folder of build output.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command that begins with `cargo`.
pub fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    without_ours(&mut command);
    command
}

/// Takes away what the `cargo run` that started us has set: left in place it would make nested builds look changed.
pub fn without_ours(command: &mut Command) {
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION", "RUST_RECURSION_COUNT"] {
        command.env_remove(name);
    }
}

/// Any other command.
pub fn command<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(program: &str, arguments: I) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |line, argument| line + " " + &argument.to_string_lossy())
}

/// Shows and runs a command; its output goes where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    std::io::stdout().flush()?;
    let status = command.status().with_context(|| format!("`{line}` cannot be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs a command and gives its standard output.
pub fn read(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("`{line}` cannot be started"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command can be run and succeeds; silent.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a program is on the path.
pub fn is_installed(program: &str) -> bool {
    let here = |folder: PathBuf| {
        [program.to_owned(), format!("{program}.exe")].iter().any(|name| folder.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A plain user's path leaves these two out on Debian, though their programs can be run.
    let extra = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(extra).any(here)
}

/// Runs a command, shows its output, and gives every line of it to `see` as well.
/// Returns whether it succeeded.
pub fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let line = shown(command);
    println!("$ {line}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{line}` cannot be started"))?;
    let (send, receive) = std::sync::mpsc::channel();
    let mut readers = Vec::new();
    if let Some(out) = child.stdout.take() {
        readers.push(forward(out, send.clone()));
    }
    if let Some(err) = child.stderr.take() {
        readers.push(forward(err, send.clone()));
    }
    drop(send);
    for text in receive {
        println!("{text}");
        see(&text);
    }
    for reader in readers {
        if reader.join().is_err() {
            bail!("the output of `{line}` could not be read");
        }
    }
    Ok(child.wait()?.success())
}

fn forward(
    from: impl std::io::Read + Send + 'static,
    to: std::sync::mpsc::Sender<String>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for text in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            if to.send(String::from_utf8_lossy(&text).trim_end_matches('\r').to_owned()).is_err() {
                return;
            }
        }
    })
}
