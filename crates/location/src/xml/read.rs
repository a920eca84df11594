use roxmltree::{Document, Error, Node, ParsingOptions};

use super::{MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_NAMESPACES, MAX_NODES, XmlError};

/// Parses within the limits, and refuses what is never read.
pub(crate) fn document(bytes: &[u8]) -> Result<Document<'_>, XmlError> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlError::TooLarge { size: bytes.len(), limit: MAX_BYTES });
    }
    let text = str::from_utf8(bytes)
        .map_err(|error| XmlError::NotUtf8 { line: line_at(bytes, error.valid_up_to()) })?;
    if declares_other_encoding(text) {
        return Err(XmlError::OtherEncoding);
    }
    check_counts(bytes)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: u32::try_from(MAX_NODES).unwrap_or(u32::MAX),
        entity_resolver: None,
    };
    let document = Document::parse_with_options(text, options).map_err(|error| translate(&error))?;
    check_depth(&document)?;
    Ok(document)
}

/// The line an element starts on, from 1.
pub(crate) fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

/// Children of that name, in order.
pub(crate) fn find_children<'a, 'input>(
    node: Node<'a, 'input>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.is_element() && child.has_tag_name((namespace, name)))
}

/// An element of a parsed document, with the reading rules.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a, 'input>(pub(crate) Node<'a, 'input>);

impl<'a, 'input> Reader<'a, 'input> {
    /// The root element, if it is one of `names`; `expected` is for the message.
    pub(crate) fn root(
        document: &'a Document<'input>,
        namespace: &'static str,
        names: &[&str],
        expected: &'static str,
    ) -> Result<Self, XmlError> {
        let root = document.root_element();
        let found = root.tag_name();
        if found.namespace() == Some(namespace) && names.contains(&found.name()) {
            return Ok(Self(root));
        }
        Err(XmlError::WrongRoot {
            expected,
            found: cut(found.name(), 40),
            namespace: cut(found.namespace().unwrap_or("none"), 80),
            line: line(root),
        })
    }

    /// The local name.
    pub(crate) fn name(self) -> &'a str {
        self.0.tag_name().name()
    }

    /// The one child of that name, if there is one.
    pub(crate) fn child(self, namespace: &'static str, name: &'static str) -> Result<Option<Self>, XmlError> {
        let mut found = find_children(self.0, namespace, name);
        let first = found.next();
        match found.next() {
            Some(second) => Err(XmlError::Duplicate { element: name.to_owned(), line: line(second) }),
            None => Ok(first.map(Self)),
        }
    }

    /// The one child of that name, which must be there.
    pub(crate) fn required(self, namespace: &'static str, name: &'static str) -> Result<Self, XmlError> {
        self.child(namespace, name)?.ok_or_else(|| self.missing(name))
    }

    /// The text, with white space collapsed as XML schema's `token` type does.
    pub(crate) fn text(self) -> Result<String, XmlError> {
        let mut whole = String::new();
        for child in self.0.children() {
            if child.is_element() {
                return Err(self.bad("write plain text without elements in it"));
            }
            if child.is_text() {
                whole.push_str(child.text().unwrap_or_default());
            }
        }
        let mut words = whole.split_whitespace();
        let mut text = words.next().unwrap_or_default().to_owned();
        for word in words {
            text.push(' ');
            text.push_str(word);
        }
        Ok(text)
    }

    /// An attribute without namespace that must be there: one word, such as a URI.
    pub(crate) fn required_attribute(self, name: &'static str) -> Result<&'a str, XmlError> {
        let value = self.0.attribute(name).unwrap_or_default().trim();
        if value.is_empty() {
            let element = self.name().to_owned();
            return Err(XmlError::MissingAttribute { attribute: name, element, line: line(self.0) });
        }
        if value.contains(char::is_whitespace) {
            let fix = "write it without white space";
            return Err(XmlError::BadValue { element: name.to_owned(), line: line(self.0), fix });
        }
        Ok(value)
    }

    /// An attribute without namespace that must be there: any text, white space collapsed.
    pub(crate) fn token_attribute(self, name: &'static str) -> Result<String, XmlError> {
        let value = self.0.attribute(name).unwrap_or_default();
        let token = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if token.is_empty() {
            let element = self.name().to_owned();
            return Err(XmlError::MissingAttribute { attribute: name, element, line: line(self.0) });
        }
        Ok(token)
    }

    /// A `boolean` attribute of XML schema; absent means false.
    pub(crate) fn boolean(self, name: &'static str) -> Result<bool, XmlError> {
        match self.0.attribute(name).map(str::trim) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => {
                let fix = "write true or false";
                Err(XmlError::BadValue { element: name.to_owned(), line: line(self.0), fix })
            }
        }
    }

    /// The first child of that name, which must be there; others may follow.
    pub(crate) fn first(self, namespace: &'static str, name: &'static str) -> Result<Self, XmlError> {
        let first = find_children(self.0, namespace, name).next().map(Self);
        first.ok_or_else(|| self.missing(name))
    }

    fn missing(self, element: &'static str) -> XmlError {
        XmlError::MissingElement { element, parent: self.name().to_owned(), line: line(self.0) }
    }

    /// The error that this element's value cannot be read.
    pub(crate) fn bad(self, fix: &'static str) -> XmlError {
        XmlError::BadValue { element: cut(self.name(), 40), line: line(self.0), fix }
    }

    /// The error that this element does not belong here.
    pub(crate) fn unknown(self, parent: &str) -> XmlError {
        XmlError::UnknownElement {
            element: cut(self.name(), 40),
            parent: parent.to_owned(),
            line: line(self.0),
        }
    }
}

/// A name for a message: short, and on one line.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(most).collect::<String>().trim_end().to_owned()
}

fn line_at(bytes: &[u8], at: usize) -> u32 {
    let breaks = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// The parser compares every attribute and namespace of an element with every other, which takes
/// minutes for a document of hostile ones; so they are counted first, roughly and from above.
fn check_counts(bytes: &[u8]) -> Result<(), XmlError> {
    if bytes.iter().filter(|byte| **byte == b'=').count() > MAX_ATTRIBUTES {
        return Err(XmlError::TooMany { what: "attributes", limit: MAX_ATTRIBUTES });
    }
    if bytes.windows(5).filter(|window| window == b"xmlns").count() > MAX_NAMESPACES {
        return Err(XmlError::TooMany { what: "namespaces", limit: MAX_NAMESPACES });
    }
    Ok(())
}

/// The parser takes text, so it cannot see that a declaration contradicts the bytes.
fn declares_other_encoding(text: &str) -> bool {
    let Some(rest) = text.trim_start_matches('\u{feff}').strip_prefix("<?xml") else { return false };
    let declaration = rest.split_once("?>").map_or(rest, |(declaration, _)| declaration);
    let Some((_, after)) = declaration.split_once("encoding") else { return false };
    let value = after.trim_start().trim_start_matches('=').trim_start();
    let name = value.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    let name = name.split(['"', '\'']).next().unwrap_or_default();
    !(name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii"))
}

/// Walks without recursion: a parent always comes before its children.
fn check_depth(document: &Document<'_>) -> Result<(), XmlError> {
    let mut depths: Vec<u32> = Vec::new();
    for node in document.descendants() {
        let above = node.parent().and_then(|parent| depths.get(parent.id().get_usize())).copied();
        let depth = above.map_or(0, |depth| depth + 1);
        if depth > MAX_DEPTH {
            return Err(XmlError::TooDeep { line: line(node), limit: MAX_DEPTH });
        }
        depths.push(depth);
    }
    Ok(())
}

/// The parser's own words may quote the document, so only the kind of fault is kept.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other fault has the same answer")]
fn translate(error: &Error) -> XmlError {
    let what = match error {
        Error::DtdDetected => return XmlError::Dtd,
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            return XmlError::TooMany { what: "nodes", limit: MAX_NODES };
        }
        Error::UnknownNamespace(..) => "a prefix without its namespace",
        Error::DuplicatedAttribute(..) => "an attribute given twice",
        Error::UnexpectedCloseTag(..) => "a closing tag that does not match",
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => "an unknown entity",
        Error::NonXmlChar(..) => "a control character",
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => "it ends too early",
        Error::NoRootNode => "no element",
        _ => "syntax",
    };
    XmlError::NotWellFormed { line: error.pos().row, what }
}
