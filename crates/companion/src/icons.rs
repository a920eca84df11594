//! The tray's four silhouettes as pixmaps, drawn by `icons/build` from `icons/src/tray-*.svg`.

use rightdoor_core::words::TrayIcon;

/// The sizes of every silhouette, in pixels; they are square.
pub const SIZES: [u16; 4] = [16, 22, 32, 48];

/// One silhouette at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixmap {
    /// Width and height in pixels.
    pub size: u16,
    /// A, R, G, B of each pixel, row by row, not premultiplied.
    pub argb: &'static [u8],
}

/// A silhouette at every size, small to large.
#[must_use]
pub fn pixmaps(icon: TrayIcon) -> Vec<Pixmap> {
    let mut rest: &'static [u8] = match icon {
        TrayIcon::Verified => include_bytes!("../../../icons/tray/verified.argb"),
        TrayIcon::NotVerified => include_bytes!("../../../icons/tray/not-verified.argb"),
        TrayIcon::Waiting => include_bytes!("../../../icons/tray/waiting.argb"),
        TrayIcon::NoPhone => include_bytes!("../../../icons/tray/no-phone.argb"),
    };
    let cut = |size: u16| {
        let length = usize::from(size) * usize::from(size) * 4;
        let (argb, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(Pixmap { size, argb })
    };
    SIZES.into_iter().filter_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [TrayIcon; 4] =
        [TrayIcon::Verified, TrayIcon::NotVerified, TrayIcon::Waiting, TrayIcon::NoPhone];

    /// Where the silhouette is, colour left out.
    fn shape(pixmap: Pixmap) -> Vec<bool> {
        pixmap.argb.chunks(4).map(|pixel| pixel.first().is_some_and(|alpha| *alpha >= 128)).collect()
    }

    #[test]
    fn every_silhouette_has_every_size_and_something_on_it() {
        for icon in ALL {
            let sizes: Vec<u16> = pixmaps(icon).iter().map(|pixmap| pixmap.size).collect();
            assert_eq!(sizes, SIZES, "{icon:?}");
            for pixmap in pixmaps(icon) {
                let drawn = shape(pixmap).iter().filter(|drawn| **drawn).count();
                let all = usize::from(pixmap.size).pow(2);
                assert!(
                    (all / 5..all * 4 / 5).contains(&drawn),
                    "{icon:?} {}: {drawn} of {all}",
                    pixmap.size
                );
            }
        }
    }

    /// An eighth of all pixels is more than the sign beside the door: a blurred eye sees it at 16 px.
    #[test]
    fn silhouettes_differ_without_colour_at_every_size() {
        for (first, icon) in ALL.into_iter().enumerate() {
            for other in ALL.into_iter().skip(first + 1) {
                for (one, two) in pixmaps(icon).into_iter().zip(pixmaps(other)) {
                    let differing =
                        shape(one).into_iter().zip(shape(two)).filter(|(one, two)| one != two).count();
                    let share = differing * 1000 / usize::from(one.size).pow(2);
                    assert!(share >= 125, "{icon:?} and {other:?} at {}: {share} per mille", one.size);
                }
            }
        }
    }
}
