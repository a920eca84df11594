//! What must hold of deep links for any bytes. Whoever includes this has the windows' modules
//! `deep_link` and `wanted` at its root.

use crate::deep_link;
use crate::wanted::Page;

/// A link is refused in words that repeat nothing of it, or it opens a page, and brings at most a code and a registry.
pub fn deep_link(data: &[u8]) {
    let Ok(link) = str::from_utf8(data) else { return };
    match deep_link::read(link) {
        Err(problem) => {
            assert_eq!(problem.code, "bad_link");
            assert!(problem.message.len() < 200 && problem.hint.starts_with("Nothing was changed"));
        }
        Ok(wanted) => {
            assert!(link.len() <= 2048 && !wanted.unasked && wanted.refused.is_none());
            assert_eq!(wanted.enrol.is_some(), wanted.page == Page::Welcome);
            let hash = wanted.hash();
            assert!(hash.starts_with("#/") && hash.is_ascii(), "{hash}");
            if let Some(enrol) = wanted.enrol {
                let host = enrol.registry.strip_prefix("https://").and_then(|rest| rest.split('/').next());
                assert!(
                    host.is_some_and(|host| !host.is_empty() && !host.contains('@')),
                    "{}",
                    enrol.registry
                );
                assert!(!enrol.registry.contains(['#', '?']), "{}", enrol.registry);
                assert!(enrol.code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
            }
        }
    }
}
