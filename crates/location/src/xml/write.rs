use std::borrow::Cow;

use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Writes elements into memory, escaped and indented.
pub(crate) struct Writer {
    inner: quick_xml::Writer<Vec<u8>>,
}

impl Writer {
    /// A document with its XML declaration.
    pub(crate) fn new() -> Self {
        let mut writer = Self { inner: quick_xml::Writer::new_with_indent(Vec::new(), b' ', 2) };
        writer.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        writer
    }

    /// Opens an element, lets `inside` write its content and closes it.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.event(Event::Start(start(name, attributes)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(start(name, attributes)));
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.event(Event::Start(start(name, attributes)));
        self.event(Event::Text(BytesText::new(&writable(text))));
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// The finished document.
    pub(crate) fn finish(self) -> String {
        // Only text was ever written, so nothing is lost here.
        let document = String::from_utf8(self.inner.into_inner())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        #[cfg(feature = "witness")]
        rightdoor_witness::wrote(&document);
        document
    }

    fn event(&mut self, event: Event<'_>) {
        // Writing into memory cannot fail.
        self.inner.write_event(event).ok();
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, writable(value).as_ref()));
    }
    start
}

/// Leaves out what XML 1.0 cannot carry in any form (section 2.2).
fn writable(text: &str) -> Cow<'_, str> {
    if text.chars().all(crate::civic::xml_can_carry) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| crate::civic::xml_can_carry(*c)).collect())
    }
}
