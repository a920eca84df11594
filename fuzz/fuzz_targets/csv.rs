#![no_main]

// The registry's own files, without its database.
#[path = "../../crates/registry/src/directory_csv.rs"]
mod directory_csv;
#[expect(dead_code, reason = "the registry uses more of it")]
#[path = "../../crates/registry/src/endpoint.rs"]
mod endpoint;
#[expect(dead_code, reason = "each target uses one of the properties")]
#[path = "../properties/registry.rs"]
mod registry;

use endpoint::Endpoint;

mod sqlite {
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

libfuzzer_sys::fuzz_target!(|data: &[u8]| registry::csv(data));
