use crate::civic::xml_can_carry;

/// The beginning of a line, and its white space.
const LINE: &str = "\n                                        ";

/// Bytes that stand for themselves everywhere.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'<' | b'>' | b'&' | b'\'' | b'"');
        byte += 1;
    }
    plain
};

/// Writes elements into memory, escaped, each on a line of its own and indented by its depth.
///
/// An emergency call waits for such a document, so it goes into one text and nowhere else.
pub(crate) struct Writer {
    out: String,
    depth: usize,
    /// Whether text was written last: white space after it would be part of it.
    in_text: bool,
}

impl Writer {
    /// A document with its XML declaration.
    pub(crate) fn new() -> Self {
        let mut out = String::with_capacity(2048);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { out, depth: 0, in_text: false }
    }

    /// A part of a document, `depth` elements within it.
    pub(crate) const fn within(depth: usize) -> Self {
        Self { out: String::new(), depth, in_text: false }
    }

    /// Opens an element, lets `inside` write its content and closes it.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.start(name, attributes, ">");
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.end(name);
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes, "/>");
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes, ">");
        self.escaped(text, false);
        self.in_text = true;
        self.end(name);
    }

    /// Lets `inside` write a document within this one, which begins at the margin as it does alone.
    pub(crate) fn enclosed(&mut self, inside: impl FnOnce(&mut Self)) {
        let depth = std::mem::take(&mut self.depth);
        inside(self);
        self.depth = depth;
    }

    /// Elements that were written before, by [`Writer::fragment`].
    pub(crate) fn written(&mut self, elements: &str) {
        self.line();
        self.out.push_str(elements);
    }

    /// The finished part, from its first element to the end of its last.
    pub(crate) fn fragment(self) -> String {
        self.out.trim_start().to_owned()
    }

    /// The finished document.
    pub(crate) fn finish(self) -> String {
        #[cfg(feature = "witness")]
        rightdoor_witness::wrote(&self.out);
        self.out
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)], close: &str) {
        self.line();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.escaped(value, true);
            self.out.push('"');
        }
        self.out.push_str(close);
    }

    fn end(&mut self, name: &str) {
        self.line();
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn line(&mut self) {
        if !std::mem::take(&mut self.in_text) {
            // Deeper than any of our documents is written without the rest of its white space.
            let indented = LINE.get(..1 + 2 * self.depth).unwrap_or(LINE);
            self.out.push_str(indented);
        }
    }

    /// Writes text so that a parser reads it back as it was (it changes white space, more of it in attributes), without what XML 1.0 cannot carry in any form (section 2.2).
    fn escaped(&mut self, text: &str, in_attribute: bool) {
        if text.bytes().all(|byte| PLAIN[usize::from(byte)]) {
            return self.out.push_str(text);
        }
        for c in text.chars().filter(|c| xml_can_carry(*c)) {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '\'' => self.out.push_str("&apos;"),
                '"' => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' if in_attribute => self.out.push_str("&#10;"),
                '\t' if in_attribute => self.out.push_str("&#9;"),
                other => self.out.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

    /// The same document by another writer.
    fn by_another(attribute: &str, text: &str) -> String {
        let mut out = quick_xml::Writer::new_with_indent(Vec::new(), b' ', 2);
        let carried = |text: &str| text.chars().filter(|c| xml_can_carry(*c)).collect::<String>();
        let (attribute, text) = (carried(attribute), carried(text));
        let mut root = BytesStart::new("root");
        root.push_attribute(("of", attribute.as_str()));
        let mut leaf = BytesStart::new("leaf");
        leaf.push_attribute(("of", attribute.as_str()));
        for event in [
            Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)),
            Event::Start(root),
            Event::Start(BytesStart::new("a:text")),
            Event::Text(BytesText::new(&text)),
            Event::End(BytesEnd::new("a:text")),
            Event::Start(BytesStart::new("nothing")),
            Event::End(BytesEnd::new("nothing")),
            Event::Empty(leaf),
            Event::End(BytesEnd::new("root")),
        ] {
            out.write_event(event).ok();
        }
        String::from_utf8(out.into_inner()).unwrap_or_default()
    }

    fn by_this(attribute: &str, text: &str) -> String {
        let mut out = Writer::new();
        out.element("root", &[("of", attribute)], |out| {
            out.text("a:text", &[], text);
            out.element("nothing", &[], |_| ());
            out.empty("leaf", &[("of", attribute)]);
        });
        // Not a document of any kind, so nobody else is to judge it.
        out.out
    }

    #[test]
    fn another_writer_writes_the_same() {
        assert_eq!(by_this("<&\"'>", ""), by_another("<&\"'>", ""));
        assert_eq!(
            by_this("a b", "x\u{0}\u{fffe}\ty \u{1f600}"),
            by_another("a b", "x\u{0}\u{fffe}\ty \u{1f600}")
        );
    }

    proptest::proptest! {
        #[test]
        fn another_writer_writes_the_same_of_anything(attribute in "\\PC{0,20}|.{0,20}", text in "[a-z<>&'\"]{0,20}|.{0,20}") {
            proptest::prop_assert_eq!(by_this(&attribute, &text), by_another(&attribute, &text));
        }
    }
}
