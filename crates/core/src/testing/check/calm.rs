//! What must be true once the world is whole again: the second halves of invariants 1, 2, 3, 7, 8.

use super::{Verdict, require};
use crate::View;
use crate::audit::Kind;
use crate::testing::laptop::Laptop;
use crate::testing::reference::Reference;
use crate::testing::registry::Registry;
use crate::testing::store::Store;
use crate::view::{Kept, RegistryFacet, Review};

/// Checks a world that had everything it needs for a long time, and whose person answered.
///
/// # Errors
/// The first invariant that does not hold at rest.
pub fn at_rest(
    view: &View,
    laptop: &Laptop,
    reference: &Reference,
    store: &Store,
    registry: &Registry,
) -> Verdict {
    require(3, reference.asked.is_empty(), || format!("{} intents got no reply", reference.asked.len()))?;
    let entry = store.saved.entry.as_ref();
    require(1, matches!(view.standing.kept, Kept::Saved | Kept::Nothing), || {
        format!("the store works again, and the confirmation is {:?}", view.standing.kept)
    })?;
    let kept = entry.map_or(0, |entry| entry.revision.0);
    let acknowledged = reference.acknowledged.map_or(0, |(revision, _)| revision);
    require(3, kept >= acknowledged, || format!("revision {acknowledged} was acknowledged, {kept} is kept"))?;
    if let Some(entry) = entry {
        let held = registry.record.as_ref();
        require(
            2,
            held.is_some_and(|held| held.content == entry.content && held.revision == entry.revision),
            || {
                format!(
                    "the registry holds {:?}, the last confirmed is {:?}; the view says {:?}",
                    held.map(|held| held.revision),
                    entry.revision,
                    view.standing.registry,
                )
            },
        )?;
        let silent = entry.basis != rightdoor_location::Basis::Manual;
        let said = reference.last_said.as_ref();
        require(2, silent || said.is_none_or(|said| *said == entry.content), || {
            "the last kept is not what the person said last".to_owned()
        })?;
        require(
            15,
            view.standing.registered.as_ref().map(|r| r.revision) == held.map(|r| r.revision),
            || "the view does not show what the registry holds".to_owned(),
        )?;
        let equal = matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. });
        require(2, equal, || format!("at rest the registry facet is {:?}", view.standing.registry))?;
    }
    let seen = laptop.seen();
    let told = reference.told.is_some_and(|told| told.looks_like(seen));
    require(7, told, || format!("at {seen:?} for hours, and still told {:?}", reference.told))?;
    // Where nothing can be learned the confirmation grows old within the hour.
    let hourly = view.prompt.as_ref().is_some_and(|prompt| prompt.reviews == [Review::Age]);
    let hourly = hourly && laptop.spot.is_unlearnable();
    require(6, hourly || view.prompt.is_none(), || {
        format!("still asking {:?}", view.prompt.as_ref().map(|p| &p.reviews))
    })?;
    let last = entry.is_none_or(|_| store.count(Kind::Confirmed) > 0);
    require(8, last, || "a registration without a Confirmed record".to_owned())
}
