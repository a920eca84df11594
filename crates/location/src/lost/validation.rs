use crate::Element;
use crate::xml::{QNames, Reader, Writer, XmlError, ns};

/// The name of a field of a location, as a validation answers about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldName {
    /// A civic element.
    Civic(Element),
    /// Anything else, by namespace and local name.
    Other {
        /// The namespace; empty for none, or LoST's own.
        namespace: String,
        /// The local name.
        name: String,
    },
}

impl FieldName {
    /// RFC 5222's own example names civic elements without their namespace, and so do servers.
    fn new((namespace, name): (String, String)) -> Self {
        let bare = namespace.is_empty() || namespace == ns::LOST;
        let namespace = if bare { String::new() } else { namespace };
        let element = Element::from_name(&name).filter(|element| bare || element.namespace() == namespace);
        element.map_or(Self::Other { namespace, name }, Self::Civic)
    }

    fn parts(&self) -> (&str, &str) {
        match self {
            Self::Civic(element) => (element.namespace(), element.name()),
            Self::Other { namespace, name } => (namespace, name),
        }
    }
}

/// `locationValidation` (RFC 5222 section 8.4.2): what was found about each field. A field in none
/// of the lists was not checked.
///
/// It says of each field whether it is right, and never what would be right instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationValidation {
    /// These are right, and were used for the mapping.
    pub valid: Vec<FieldName>,
    /// These are not, or contradict the valid ones.
    pub invalid: Vec<FieldName>,
    /// These were not checked.
    pub unchecked: Vec<FieldName>,
}

impl LocationValidation {
    /// Whether something was found right and nothing wrong.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        !self.valid.is_empty() && self.invalid.is_empty()
    }

    pub(super) fn read(element: Reader<'_, '_>) -> Result<Self, XmlError> {
        let list = |name| {
            let Some(list) = element.child(ns::LOST, name)? else { return Ok(Vec::new()) };
            Ok(list.qnames()?.into_iter().map(FieldName::new).collect())
        };
        Ok(Self { valid: list("valid")?, invalid: list("invalid")?, unchecked: list("unchecked")? })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let lists = [("valid", &self.valid), ("invalid", &self.invalid), ("unchecked", &self.unchecked)];
        let parts = lists.iter().flat_map(|(_, list)| list.iter().map(FieldName::parts));
        let names = QNames::of(parts);
        out.element("locationValidation", &names.declarations(), |out| {
            for (name, list) in lists {
                if !list.is_empty() {
                    out.text(name, &[], &names.list(list.iter().map(FieldName::parts)));
                }
            }
        });
    }
}
