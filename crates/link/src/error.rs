//! Why the link could not do something, and what a person can do about it.

use std::io;
use std::path::PathBuf;

use rightdoor_location::record::Problem;

/// A fault of the link, on either side.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Nobody listens at the socket.
    #[error("the Rightdoor companion is not running")]
    NotRunning {
        /// Where it was expected.
        path: PathBuf,
    },
    /// Another companion listens there already.
    #[error("another companion of this user is running already")]
    AlreadyRunning {
        /// Where.
        path: PathBuf,
    },
    /// The folder or file in the way belongs to somebody else, or others may write there.
    #[error("{} cannot hold the companion's socket: {why}", path.display())]
    Place {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it, in words.
        why: &'static str,
    },
    /// The other end of the socket is another user's process.
    #[error("the other end of {} belongs to another user", path.display())]
    OtherUser {
        /// The socket.
        path: PathBuf,
    },
    /// The other side said what is wrong.
    #[error("{}", .0.message)]
    Refused(Problem),
    /// A frame is longer than [`crate::wire::FRAME_CAP`].
    #[error("a message of {0} bytes is more than the link carries")]
    TooLong(u64),
    /// A frame is not the JSON that is expected here; the text names the field.
    #[error("{0}")]
    Malformed(String),
    /// The other side did not answer in time.
    #[error("no answer in time")]
    NoAnswer,
    /// The other side closed the connection.
    #[error("the connection has ended")]
    Closed,
    /// The operating system refused.
    #[error("the link failed: {0}")]
    Io(#[from] io::Error),
}

impl LinkError {
    /// The same, in the form that every edge shows.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (code, hint) = match self {
            Self::Refused(problem) => return problem.clone(),
            Self::NotRunning { path } => (
                "companion_not_running",
                format!(
                    "start it with `rightdoor-companion`, or keep it running with `rightdoorctl supervise install`; \
                     it was expected at {}",
                    path.display()
                ),
            ),
            Self::AlreadyRunning { path } => (
                "companion_already_running",
                format!("use the one that listens at {}, or stop it first", path.display()),
            ),
            Self::Place { path, .. } => (
                "socket_place",
                format!("set `[paths] runtime` to a folder that is yours alone, or mend {}", path.display()),
            ),
            Self::OtherUser { .. } => ("other_user", "run this as the user whose companion it is".to_owned()),
            Self::TooLong(_) => {
                ("message_too_long", format!("send at most {} bytes", crate::wire::FRAME_CAP))
            }
            Self::Malformed(_) => {
                ("malformed_message", "check that companion and client are of the same release".to_owned())
            }
            Self::NoAnswer => {
                ("no_answer", "try again; if it stays so, restart `rightdoor-companion`".to_owned())
            }
            Self::Closed => {
                ("connection_closed", "check that `rightdoor-companion` is still running".to_owned())
            }
            Self::Io(_) => ("link_failed", "try again, and see `rightdoorctl doctor`".to_owned()),
        };
        Problem { code: code.to_owned(), message: self.to_string(), hint, fields: Vec::new() }
    }
}
