//! Whether the microphone is in use: then no prompt, window or card raises itself (design, sections 3 and 7).
//!
//! On Linux the kernel says which recording streams run (`/proc/asound`, one `status` per stream), whichever
//! sound server opened them; which program records is nobody's business here. A headset that is reached without
//! ALSA (Bluetooth through PipeWire) is not seen. Windows and macOS are not asked yet, and doctor says so.

use std::path::Path;

use rightdoor_core::network::Evidence;
#[cfg(not(target_os = "linux"))]
use rightdoor_core::network::Withheld;

/// Where the kernel keeps the state of sound devices.
pub const SOUND: &str = "/proc/asound";

/// Whether a program records now. A few small reads; [`Evidence::Absent`] where there is no microphone.
#[must_use]
#[cfg(target_os = "linux")]
pub fn in_use(sound: &Path) -> Evidence<bool> {
    let mut found = None;
    for card in folders(sound, |name| name.starts_with("card")) {
        // `pcm0c` captures, `pcm0p` plays.
        for stream in folders(&card, |name| name.starts_with("pcm") && name.ends_with('c')) {
            for part in folders(&stream, |name| name.starts_with("sub")) {
                let status = std::fs::read_to_string(part.join("status")).unwrap_or_default();
                found = Some(found == Some(true) || status.starts_with("state: RUNNING"));
            }
        }
    }
    found.map_or(Evidence::Absent, Evidence::Known)
}

/// Whether a program records now.
#[must_use]
#[cfg(not(target_os = "linux"))]
pub fn in_use(_sound: &Path) -> Evidence<bool> {
    Evidence::Withheld(Withheld::Unsupported)
}

#[cfg(target_os = "linux")]
fn folders(within: &Path, wanted: impl Fn(&str) -> bool) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(within).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_str().is_some_and(&wanted))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::{Evidence, in_use};

    #[test]
    fn a_stream_that_captures_is_a_microphone_in_use_and_one_that_plays_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(in_use(&folder.path().join("none")), Evidence::Absent);
        let state = |stream: &str, says: &str| {
            let part = folder.path().join("card0").join(stream).join("sub0");
            std::fs::create_dir_all(&part).unwrap();
            std::fs::write(part.join("status"), says).unwrap();
        };
        state("pcm0p", "state: RUNNING\nowner_pid   : 1\n");
        assert_eq!(in_use(folder.path()), Evidence::Absent);
        state("pcm0c", "closed\n");
        assert_eq!(in_use(folder.path()), Evidence::Known(false));
        state("pcm1c", "state: RUNNING\nowner_pid   : 1\n");
        assert_eq!(in_use(folder.path()), Evidence::Known(true));
    }
}
