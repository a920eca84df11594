//! A Unix socket, in a folder of its user's own; both ends check the other's uid.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use crate::LinkError;

/// One client, as the server sees it.
pub type ServerStream = UnixStream;
/// The server, as a client sees it.
pub type ClientStream = UnixStream;

/// Where the companion listens, given its runtime folder (`$XDG_RUNTIME_DIR/rightdoor`).
#[must_use]
pub fn socket_path(runtime: &Path) -> PathBuf {
    runtime.join("link.sock")
}

/// Where the windows listen for one another.
#[must_use]
pub fn windows_path(runtime: &Path) -> PathBuf {
    runtime.join("windows.sock")
}

/// A bound socket; the file goes when this does.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    path: PathBuf,
    /// Held while we listen: of two companions that start together, one finds it taken.
    _lock: File,
}

impl Listener {
    /// Listens at `path`, in a folder of our own.
    pub async fn bind(path: &Path) -> Result<Self, LinkError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let me = my_uid()?;
        own_folder(folder, me)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LinkError::AlreadyRunning { path: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        clear_stale(path).await?;
        let socket = UnixListener::bind(path).map_err(|error| {
            // The kernel's limit for a socket's path is 108 bytes (104 on macOS).
            if error.kind() == io::ErrorKind::InvalidInput {
                LinkError::Place { path: path.to_owned(), why: "its path is too long for a socket" }
            } else {
                error.into()
            }
        })?;
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(Self { socket, path: path.to_owned(), _lock: lock })
    }

    /// The next client, whoever it is: see [`same_user`].
    pub async fn accept(&mut self) -> io::Result<ServerStream> {
        self.socket.accept().await.map(|(stream, _)| stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A file that is gone already is what we want.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes the folder, or checks that an existing one is ours and that nobody else may put a
/// socket of theirs in it. An existing folder's mode is left alone: it may hold other things.
fn own_folder(folder: &Path, me: u32) -> Result<(), LinkError> {
    let place = |why| LinkError::Place { path: folder.to_owned(), why };
    match DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(place("it is not a folder"));
        }
        Err(error) => return Err(error.into()),
    }
    let found = fs::metadata(folder)?;
    if found.uid() != me {
        return Err(place("it belongs to another user"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(place("others may write in it (chmod go-w mends that)"));
    }
    Ok(())
}

/// Removes a socket that a crash left behind: only a socket, and only if nobody answers.
async fn clear_stale(path: &Path) -> Result<(), LinkError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if !found.file_type().is_socket() {
        return Err(LinkError::Place { path: path.to_owned(), why: "something else has its name" });
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(fs::remove_file(path)?),
        Ok(_) | Err(_) => Err(LinkError::AlreadyRunning { path: path.to_owned() }),
    }
}

/// The socket at `path`, if our own user listens there.
pub async fn connect(path: &Path) -> Result<ClientStream, LinkError> {
    let stream = UnixStream::connect(path).await.map_err(|error| {
        let path = path.to_owned();
        if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) {
            LinkError::NotRunning { path }
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            LinkError::OtherUser { path }
        } else {
            error.into()
        }
    })?;
    if same_user(&stream)? { Ok(stream) } else { Err(LinkError::OtherUser { path: path.to_owned() }) }
}

/// Whether the other end is a process of our own user.
pub fn same_user(stream: &UnixStream) -> io::Result<bool> {
    Ok(stream.peer_cred()?.uid() == my_uid()?)
}

/// Our effective uid, as the kernel would tell it to the other end of a socket of ours.
fn my_uid() -> io::Result<u32> {
    Ok(UnixStream::pair()?.0.peer_cred()?.uid())
}
