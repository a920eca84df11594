//! Reading dictionaries of the dynamic store.
#![expect(unsafe_code, reason = "Core Foundation dictionaries hold raw pointers")]

use core_foundation::ConcreteCFType;
use core_foundation::array::CFArray;
use core_foundation::base::{CFType, TCFType, ToVoid};
use core_foundation::data::CFData;
use core_foundation::dictionary::CFDictionary;
use core_foundation::propertylist::CFPropertyList;
use core_foundation::string::CFString;
use system_configuration::dynamic_store::SCDynamicStore;

/// The dictionary under a key of the store.
pub(super) fn dictionary(store: &SCDynamicStore, key: &str) -> Option<CFDictionary> {
    store.get(key).and_then(CFPropertyList::downcast_into::<CFDictionary>)
}

/// A value of one type in a dictionary.
pub(super) fn value<T: ConcreteCFType>(dictionary: &CFDictionary, key: &str) -> Option<T> {
    let key = CFString::new(key);
    let found = dictionary.find(key.to_void())?;
    // SAFETY: the dictionary holds a valid object under this key, which is retained here before the
    // dictionary can go.
    unsafe { CFType::wrap_under_get_rule(*found) }.downcast_into::<T>()
}

/// A text value.
pub(super) fn text(dictionary: &CFDictionary, key: &str) -> Option<String> {
    value::<CFString>(dictionary, key).map(|text| text.to_string())
}

/// The texts of a list.
pub(super) fn texts(dictionary: &CFDictionary, key: &str) -> Vec<String> {
    let Some(list) = value::<CFArray>(dictionary, key) else { return Vec::new() };
    list.iter()
        .filter_map(|item| {
            // SAFETY: the list holds valid objects, each retained here before the list can go.
            let item = unsafe { CFType::wrap_under_get_rule(*item) };
            item.downcast_into::<CFString>().map(|text| text.to_string())
        })
        .collect()
}

/// The bytes of a value.
pub(super) fn bytes(dictionary: &CFDictionary, key: &str) -> Option<Vec<u8>> {
    value::<CFData>(dictionary, key).map(|data| data.bytes().to_vec())
}
