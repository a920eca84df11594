//! Invariants 1, 2, 3 and 15: what is written to the registry, and what may be said of it.

use super::{Moment, Verdict, require};
use crate::effect::Effect;
use crate::intent::Reply;
use crate::testing::reference::Reference;
use crate::testing::registry::Registry;
use crate::view::{Kept, RegistryFacet};

/// Invariant 1: while the store works, nothing is delivered that was not persisted first.
pub(super) fn persisted_before_delivered(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    for effect in moment.effects {
        let Effect::Deliver(delivery) = effect else { continue };
        let revision = delivery.revision;
        let durable = moment.store.saved.entry.as_ref().filter(|entry| entry.revision == revision);
        if let Some(entry) = durable {
            let same = entry.content == delivery.content && entry.confirmed_at == delivery.confirmed_at;
            require(1, same, || format!("revision {revision:?} was kept with another content"))?;
            continue;
        }
        let minted = reference.minted.get(&revision.0);
        // A batch that failed while this very event was being handled counts, too.
        let refused = minted.is_some_and(|minted| minted.refused)
            || matches!(moment.event, Some(crate::Event::PersistFailed(..)));
        require(1, refused, || format!("{revision:?} is delivered, and the store never had it"))?;
        let shown = matches!(moment.after.standing.kept, Kept::SentNotKept);
        require(1, shown, || {
            format!("{revision:?} is delivered from memory, and shown as {:?}", moment.after.standing.kept)
        })?;
    }
    Ok(())
}

/// Invariant 2, its first half: revisions never go back; and 3: nothing is registered twice.
pub(super) fn never_back(registry: &Registry, reference: &Reference) -> Verdict {
    let Some((last, earlier)) = registry.accepted.split_last() else { return Ok(()) };
    require(2, last.replaced.is_none_or(|held| held < last.revision), || {
        format!("{:?} was written over {:?}", last.revision, last.replaced)
    })?;
    // A confirmation that only a dead process knew is written again by the next one.
    if registry.meddled || reference.forgotten {
        return Ok(());
    }
    let again = earlier
        .iter()
        .rev()
        .take(1)
        .filter(|before| before.revision.next() == last.revision)
        .any(|before| before.content == last.content && before.confirmed_at == last.confirmed_at);
    require(3, !again, || format!("{:?} is the same confirmation as the one before it", last.revision))
}

/// Invariant 3, the retry: the same write, and only after reading where the answer was lost.
pub(super) fn same_write_again(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    for effect in moment.effects {
        let Effect::Deliver(delivery) = effect else { continue };
        let revision = delivery.revision.0;
        if let Some(minted) = reference.minted.get(&revision) {
            let same = minted.content == delivery.content
                && minted.basis == delivery.basis
                && minted.confirmed_at == delivery.confirmed_at;
            require(3, same, || format!("revision {revision} says something else than when it was kept"))?;
        }
        let Some(sent) = reference.sent.get(&revision) else { continue };
        // What is read in this very moment was read before the write.
        let read_now = matches!(moment.event, Some(crate::Event::ReadBack(..)));
        let read = sent.read_since || read_now;
        require(3, !sent.uncertain || read, || {
            format!("revision {revision} is written again, and the registry was not read since")
        })?;
        require(3, read || sent.precondition == delivery.precondition, || {
            format!("the retry of revision {revision} has another condition than its first try")
        })?;
    }
    Ok(())
}

/// Invariant 3, the acknowledgement: "kept" is said of what is kept, and of what was said.
pub(super) fn acknowledged_is_kept(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    let Some(crate::Event::Persisted(_) | crate::Event::PersistFailed(..)) = moment.event else {
        let early = moment.effects.iter().any(|effect| {
            matches!(effect, Effect::Reply { reply: Reply::Kept(_) | Reply::SentNotKept(_), .. })
        });
        return require(3, !early, || "a confirmation is acknowledged before the store answered".to_owned());
    };
    for effect in moment.effects {
        let Effect::Reply { ticket, reply: Reply::Kept(revision) } = effect else { continue };
        let kept = moment.store.saved.entry.as_ref().is_some_and(|entry| entry.revision >= *revision);
        require(3, kept, || format!("{revision:?} is called kept, and the store does not have it"))?;
        let said = reference.confirmations.iter().find(|said| said.ticket == *ticket);
        let minted = reference.minted.get(&revision.0);
        if let (Some(said), Some(minted)) = (said.and_then(|said| said.content.as_ref()), minted) {
            require(3, *said == minted.content, || format!("{revision:?} is not what the person said"))?;
        }
    }
    Ok(())
}

/// Invariant 15: what is shown as registered is what was read back last, and nothing else.
pub(super) fn hero_is_read_back(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    let shown = &moment.after.standing;
    let read = reference.read.as_ref();
    let record = read.and_then(|(record, _)| record.as_ref());
    // A new enrolment elsewhere shows nothing until it is read.
    if shown.registered.is_none() && shown.read_at.is_none() && shown.confirmed_differs.is_none() {
        return Ok(());
    }
    require(15, shown.registered.as_ref() == record, || {
        format!(
            "shown {:?}, read {:?}",
            shown.registered.as_ref().map(|r| r.revision),
            record.map(|r| r.revision)
        )
    })?;
    require(15, shown.read_at == read.map(|(_, at)| *at), || "the age of the reading is wrong".to_owned())?;
    if let RegistryFacet::ReadBackEqual { revision, .. } = shown.registry {
        let minted = reference.minted.get(&revision.0).map(|minted| &minted.content);
        let equal = record.is_some_and(|record| {
            record.revision == revision && minted.is_none_or(|content| *content == record.content)
        });
        require(15, equal, || format!("{revision:?} is called read back equal, and was not"))?;
        require(15, shown.confirmed_differs.is_none(), || "equal, and yet it differs".to_owned())?;
    }
    if shown.proved {
        let fetched = record.is_some_and(|record| record.fetched_at.is_some());
        let tested = matches!(shown.tested, crate::view::Tested::Matched);
        require(15, fetched || tested, || "called proved, and neither fetched nor tested".to_owned())?;
    }
    let hero = if moment.scan {
        crate::words::hero(moment.after, moment.now.wall).sentence()
    } else {
        String::new()
    };
    let promise = hero.contains("responders go to");
    require(15, !promise || shown.proved, || "the hero promises what nobody proved".to_owned())
}
