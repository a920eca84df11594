//! The store of the world: durable, atomic, verified, and able to fail.

use crate::audit::{Head, Kind};
use crate::effect::Batch;
use crate::event::StoreFault;
use crate::saved::Change;
use crate::{Saved, audit};

/// What is on the disk.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// What a restart would get.
    pub saved: Saved,
    /// Every audit record, in order.
    pub trail: Vec<audit::Record>,
    /// The first thing wrong with the trail.
    pub broken: Option<audit::Broken>,
    /// Why writing fails now, if it does.
    pub fault: Option<StoreFault>,
    head: Head,
}

impl Store {
    /// Makes a batch durable, all of it or (under a fault) nothing.
    ///
    /// # Errors
    /// The fault that holds.
    pub fn keep(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        for change in &batch.changes {
            self.saved.apply(change);
            if let Change::Audit(record, detail) = change {
                if let Err(broken) = self.head.follow(record, detail.as_ref()) {
                    self.broken.get_or_insert(broken);
                }
                self.trail.push(record.clone());
            }
        }
        Ok(())
    }

    /// How many records of a kind the trail holds.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.trail.iter().filter(|record| record.kind == kind).count()
    }
}
