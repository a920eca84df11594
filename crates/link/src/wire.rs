//! Frames: a 32-bit big-endian length, then that many bytes of JSON.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::LinkError;

/// Most bytes of JSON in one frame.
pub const FRAME_CAP: u32 = 1 << 20;

/// The frame that carries `message`.
///
/// # Errors
/// [`LinkError::TooLong`] above [`FRAME_CAP`].
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, LinkError> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message).map_err(|error| LinkError::Malformed(error.to_string()))?;
    let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
    if length > FRAME_CAP {
        return Err(LinkError::TooLong(u64::from(length)));
    }
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

/// What a frame's JSON says.
///
/// # Errors
/// [`LinkError::Malformed`], naming the field at fault and, for a name that is not known, the known
/// ones.
pub fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, LinkError> {
    let mut from = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        LinkError::Malformed(if path == "." { inner.to_string() } else { format!("{path}: {inner}") })
    })?;
    from.end().map_err(|error| LinkError::Malformed(error.to_string()))?;
    Ok(value)
}

/// Reads one frame's JSON; `None` when the other side closed between two frames. Waits for ever for
/// the first byte, and no longer than `patience` for the rest of what was begun.
///
/// # Errors
/// [`LinkError::TooLong`] before any memory is taken for it, [`LinkError::NoAnswer`] for a frame
/// that was begun and not finished, [`LinkError::Closed`] in the middle of one.
pub async fn read<R: AsyncRead + Unpin>(
    from: &mut R,
    patience: Duration,
) -> Result<Option<Vec<u8>>, LinkError> {
    let mut length = [0; 4];
    if from.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    let rest = async {
        from.read_exact(&mut length[1..]).await?;
        let length = u32::from_be_bytes(length);
        if length > FRAME_CAP {
            return Err(LinkError::TooLong(u64::from(length)));
        }
        // Grows with what arrives: a length alone takes no memory.
        let mut json = Vec::new();
        from.take(u64::from(length)).read_to_end(&mut json).await?;
        if json.len() == length as usize { Ok(Some(json)) } else { Err(LinkError::Closed) }
    };
    match timeout(patience, rest).await {
        Ok(Err(LinkError::Io(error))) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(LinkError::Closed)
        }
        Ok(done) => done,
        Err(_) => Err(LinkError::NoAnswer),
    }
}

/// Writes one frame, in at most `patience`.
///
/// # Errors
/// [`LinkError::NoAnswer`] when the other side does not read.
pub async fn write<W: AsyncWrite + Unpin>(
    to: &mut W,
    frame: &[u8],
    patience: Duration,
) -> Result<(), LinkError> {
    let all = async {
        to.write_all(frame).await?;
        to.flush().await
    };
    timeout(patience, all).await.map_err(|_| LinkError::NoAnswer)?.map_err(LinkError::Io)
}
