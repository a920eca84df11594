//! How a command ends.

use std::io;
use std::process::ExitCode;

use rightdoor_link::{LinkError, Problem};
use rightdoor_runtime::ConfigError;
use rightdoor_runtime::store::ReadError;

/// The exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; the answer is yes.
    Done = 0,
    /// The answer is no: not verified, chain broken, something is wrong with this installation.
    No = 1,
    /// Wrong usage or input; nothing was changed.
    Wrong = 2,
    /// It could not be done now.
    CouldNot = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not end with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Told on stderr.
    Told(Exit, Box<Problem>),
    /// Nobody reads our output any more (`rightdoorctl watch | head`): not worth a word.
    NobodyReads,
}

impl Fault {
    /// Wrong usage or input.
    #[must_use]
    pub fn wrong(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::told(Exit::Wrong, code, message, hint)
    }

    /// It could not be done now.
    #[must_use]
    pub fn could_not(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::told(Exit::CouldNot, code, message, hint)
    }

    /// The answer is no, and here is why.
    #[must_use]
    pub fn no(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::told(Exit::No, code, message, hint)
    }

    fn told(exit: Exit, code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let problem =
            Problem { code: code.to_owned(), message: message.into(), hint: hint.into(), fields: Vec::new() };
        Self::Told(exit, Box::new(problem))
    }
}

impl From<LinkError> for Fault {
    fn from(error: LinkError) -> Self {
        Self::Told(Exit::CouldNot, Box::new(error.problem()))
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        Self::Told(Exit::Wrong, Box::new(error.problem()))
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        let message = error.to_string();
        match error {
            ReadError::Absent(_) => Self::could_not(
                "no_store",
                message,
                "nothing was kept on this computer yet: start `rightdoor-companion`, or name its configuration with --config",
            ),
            ReadError::Unreadable { .. } => Self::could_not(
                "store_unreadable",
                message,
                "run this as the user whose companion it is; `rightdoorctl doctor` tells more",
            ),
            ReadError::Broken(_) => Self::no(
                "audit_broken",
                message,
                "records were changed or removed after they were written: keep a copy of the store, and tell your administrator",
            ),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::NobodyReads
        } else {
            Self::could_not(
                "output",
                format!("the output could not be written: {error}"),
                "check where it goes",
            )
        }
    }
}

impl From<csv::Error> for Fault {
    fn from(error: csv::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

impl From<clap::Error> for Fault {
    fn from(error: clap::Error) -> Self {
        let text = error.to_string();
        let said = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Self::wrong("usage", said, "see `rightdoorctl --help`")
    }
}
