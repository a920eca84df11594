//! What the targets have in common: the properties, and the rooms' own files that they speak of.

// What the windows' files take from the link, without the link.
extern crate self as rightdoor_link;
pub use rightdoor_location::record::Problem;

// The registry's own files, without its database.
#[path = "../crates/registry/src/directory_csv.rs"]
pub mod directory_csv;
#[path = "../crates/registry/src/endpoint.rs"]
pub mod endpoint;
pub use endpoint::Endpoint;

pub mod sqlite {
    pub mod directory {
        use rightdoor_location::record::DirectoryPlace;

        /// As the registry has it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Place {
            pub shown: DirectoryPlace,
            pub site: String,
        }
    }
}

// The windows' own files, without the windows.
#[path = "../src-tauri/src/deep_link.rs"]
pub mod deep_link;
#[path = "../src-tauri/src/wanted.rs"]
pub mod wanted;

#[path = "properties/links.rs"]
pub mod links;
#[path = "properties/registry.rs"]
pub mod registry;
#[path = "properties/wire.rs"]
pub mod wire;
#[path = "properties/words.rs"]
pub mod words;
