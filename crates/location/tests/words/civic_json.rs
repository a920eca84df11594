use proptest::prelude::*;
use rightdoor_location::{CivicAddress, Element};

use crate::sample::{any_address, desk};

proptest! {
    #[test]
    fn json_comes_back(address in any_address()) {
        let json = serde_json::to_string(&address).unwrap();
        prop_assert_eq!(serde_json::from_str::<CivicAddress>(&json).unwrap(), address);
    }
}

#[test]
fn json_has_the_pidf_lo_names() {
    let address = CivicAddress::new().with(Element::Country, "US").with(Element::STP, "Avenue");
    assert_eq!(serde_json::to_string(&address).unwrap(), r#"{"country":"US","STP":"Avenue"}"#);
    for element in Element::ALL {
        assert_eq!(serde_json::to_value(element).unwrap(), element.name());
        assert_eq!(Element::from_name(element.name()), Some(element));
    }
}

#[test]
fn json_values_are_tidied_like_any_other() {
    let read: CivicAddress = serde_json::from_str(r#"{"RD":"  Blake \u0007 ","STS":"   "}"#).unwrap();
    assert_eq!(read, CivicAddress::new().with(Element::RD, "Blake"));
}

#[test]
fn bad_input_json_names_the_field() {
    let refused = |json: &str| serde_json::from_str::<CivicAddress>(json).unwrap_err().to_string();
    let unknown = refused(r#"{"country":"US","STREET":"Blake"}"#);
    assert!(unknown.contains("`STREET`") && unknown.contains("`RD`"), "{unknown}");
    let twice = refused(r#"{"RD":"","RD":"Blake"}"#);
    assert!(twice.contains("`RD` is given twice"), "{twice}");
    assert!(refused("[]").contains("civic address elements"), "{}", refused("[]"));
    assert!(refused(r#"{"RD":5}"#).contains("string"));
    let whole = serde_json::to_string(&desk()).unwrap();
    for end in 0..whole.len() {
        refused(whole.get(..end).unwrap_or("{"));
    }
}
