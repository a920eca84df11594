//! What a display shows, asked of the display itself: a program that looks, started anew for each look, would take half of
//! the processors from what it looks at.

use std::collections::HashSet;

use anyhow::{Context, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, MapState, Window};
use x11rb::rust_connection::RustConnection;

/// A display.
#[derive(Debug)]
pub struct Screen {
    display: RustConnection,
    root: Window,
    /// The atoms of a title in UTF-8, and of that type.
    title: (u32, u32),
}

impl Screen {
    /// The display of that name, as `:1`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn open(name: &str) -> Result<Self> {
        let (display, number) = RustConnection::connect(Some(name)).context("no display")?;
        let root = display.setup().roots.get(number).context("no screen")?.root;
        let atom = |name: &[u8]| Ok::<_, anyhow::Error>(display.intern_atom(false, name)?.reply()?.atom);
        let title = (atom(b"_NET_WM_NAME")?, atom(b"UTF8_STRING")?);
        Ok(Self { display, root, title })
    }

    /// How many colours are seen in the window of exactly this title, counted up to `most`; `None` while no such window can
    /// be seen.
    ///
    /// # Errors
    /// When the display has gone.
    pub fn colours(&self, title: &str, most: usize) -> Result<Option<usize>> {
        let Some(window) = self.find(self.root, title)? else { return Ok(None) };
        // From here on the window may close at any time: then it cannot be seen.
        let Ok(size) = self.display.get_geometry(window)?.reply() else { return Ok(None) };
        let image = self.display.get_image(
            ImageFormat::Z_PIXMAP,
            window,
            0,
            0,
            size.width,
            size.height,
            u32::MAX, // All planes.
        )?;
        let Ok(image) = image.reply() else { return Ok(None) };
        let mut seen = HashSet::new();
        for pixel in image.data.chunks_exact(4) {
            seen.insert(pixel);
            if seen.len() >= most {
                break;
            }
        }
        Ok(Some(seen.len()))
    }

    /// The window of that title below `parent` that is on the screen; a window manager puts its frame around one.
    fn find(&self, parent: Window, title: &str) -> Result<Option<Window>> {
        let Ok(tree) = self.display.query_tree(parent)?.reply() else { return Ok(None) };
        for window in tree.children {
            if self.is_titled(window, title)? {
                return Ok(Some(window));
            }
            if let Some(found) = self.find(window, title)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn is_titled(&self, window: Window, title: &str) -> Result<bool> {
        let (name, utf8) = self.title;
        for (property, kind) in [(name, utf8), (AtomEnum::WM_NAME.into(), AtomEnum::STRING.into())] {
            let said = self.display.get_property(false, window, property, kind, 0, 64)?.reply();
            if said.is_ok_and(|said| said.value == title.as_bytes()) {
                let state = self.display.get_window_attributes(window)?.reply();
                return Ok(state.is_ok_and(|state| state.map_state == MapState::VIEWABLE));
            }
        }
        Ok(false)
    }
}
