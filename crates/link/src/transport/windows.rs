//! A named pipe for its user alone: its descriptor lets nobody else open it, the first instance is exclusive, remote
//! clients are rejected, and a client asks who owns the pipe before it says a word, so that nobody can put a pipe of
//! theirs in its place. A server cannot act as its client: tokio's clients connect with `SECURITY_IDENTIFICATION`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

use super::owner::{self, Owned};
use crate::LinkError;

const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_PIPE_BUSY: i32 = 231;

/// One client, as the server sees it.
pub type ServerStream = NamedPipeServer;
/// The server, as a client sees it.
pub type ClientStream = NamedPipeClient;

/// Where the companion listens: a pipe named after the runtime folder, which is each user's own.
#[must_use]
pub fn socket_path(runtime: &Path) -> PathBuf {
    pipe("rightdoor", runtime)
}

/// Where the windows listen for one another.
#[must_use]
pub fn windows_path(runtime: &Path) -> PathBuf {
    pipe("rightdoor-windows", runtime)
}

fn pipe(kind: &str, runtime: &Path) -> PathBuf {
    let own = runtime.to_string_lossy();
    let name: String = own.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    // 256 characters is the longest name of a pipe; the end of a path tells most.
    let skip = name.chars().count().saturating_sub(200);
    PathBuf::from(format!(r"\\.\pipe\{kind}-{}", name.chars().skip(skip).collect::<String>()))
}

/// A pipe with one instance waiting for the next client.
#[derive(Debug)]
pub struct Listener {
    waiting: NamedPipeServer,
    path: PathBuf,
    owned: Owned,
}

impl Listener {
    /// Listens at `path`.
    pub async fn bind(path: &Path) -> Result<Self, LinkError> {
        match connect(path).await {
            Err(LinkError::NotRunning { .. }) => {}
            Err(LinkError::OtherUser { path }) => return Err(LinkError::OtherUser { path }),
            Ok(_) | Err(_) => return Err(LinkError::AlreadyRunning { path: path.to_owned() }),
        }
        let owned = Owned::by_this_user()?;
        // Of two that start together, one is not the first.
        match owned.pipe(options().first_pipe_instance(true), path) {
            Ok(waiting) => Ok(Self { waiting, path: path.to_owned(), owned }),
            Err(error) if error.raw_os_error() == Some(ERROR_ACCESS_DENIED) => {
                Err(LinkError::AlreadyRunning { path: path.to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The next client.
    pub async fn accept(&mut self) -> io::Result<ServerStream> {
        self.waiting.connect().await?;
        let next = self.owned.pipe(&mut options(), &self.path)?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }
}

fn options() -> ServerOptions {
    let mut options = ServerOptions::new();
    options.reject_remote_clients(true);
    options
}

/// The pipe at `path`, if our own user made it. A busy one is waited for, for a second.
pub async fn connect(path: &Path) -> Result<ClientStream, LinkError> {
    for _ in 0..20 {
        match ClientOptions::new().open(path) {
            Ok(pipe) if owner::of(&pipe)? == owner::this_user()? => return Ok(pipe),
            Ok(_) => return Err(LinkError::OtherUser { path: path.to_owned() }),
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LinkError::NotRunning { path: path.to_owned() });
            }
            Err(error) if error.raw_os_error() == Some(ERROR_ACCESS_DENIED) => {
                return Err(LinkError::OtherUser { path: path.to_owned() });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(LinkError::NoAnswer)
}

/// Whether the other end is a process of our own user: the descriptor has seen to it.
pub fn same_user(_stream: &ServerStream) -> io::Result<bool> {
    Ok(true)
}
