//! What the ledger says of the keys: in which epoch cells are sealed, to which generation of recipients headers
//! are wrapped, and how far the last turn and the last rotation came. Keys only ever go forward.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::seal::Keyring;
use crate::store::Tx;

use super::LastWords;

/// The keys as the ledger has them; 0 where an entry says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::archive) struct InForce {
    /// The epoch in which cells are sealed.
    pub epoch: u32,
    /// The generation of recipients to which headers are wrapped.
    pub generation: u32,
    /// The epoch whose predecessors are destroyed.
    pub turned: u32,
    /// The generation to which every header is wrapped.
    pub rotated: u32,
}

impl InForce {
    /// With what every archive begins.
    pub(super) const FIRST: Self = Self { epoch: 1, generation: 1, turned: 1, rotated: 1 };

    /// What an entry with these facts says of the keys; `None` if nothing.
    pub(super) fn of(kind: EntryKind, facts: &Map<String, Value>) -> Option<Self> {
        let number = |name: &str| facts.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let said = match kind {
            EntryKind::KeysInForce => Self {
                epoch: number("epoch").unwrap_or_default(),
                generation: number("generation").unwrap_or_default(),
                ..Self::default()
            },
            EntryKind::EpochTurned => {
                let epoch = number("epoch").unwrap_or_default();
                Self { epoch, turned: epoch, ..Self::default() }
            }
            EntryKind::KeysRotated => {
                let generation = number("generation").unwrap_or_default();
                Self { generation, rotated: generation, ..Self::default() }
            }
            _ => return None,
        };
        (said != Self::default()).then_some(said)
    }

    /// What is known once this was said too.
    pub(super) fn and(self, said: Self) -> Self {
        Self {
            epoch: self.epoch.max(said.epoch),
            generation: self.generation.max(said.generation),
            turned: self.turned.max(said.turned),
            rotated: self.rotated.max(said.rotated),
        }
    }

    /// Epoch and generation as one number.
    pub(super) fn packed(self) -> u64 {
        u64::from(self.epoch) << 32 | u64::from(self.generation)
    }

    /// The numbers of a keyring.
    pub(in crate::archive) fn of_keys(keys: &Keyring) -> Self {
        Self {
            epoch: keys.current_epoch().map_or(0, |epoch| epoch.number),
            generation: keys.recipients.generation,
            ..Self::default()
        }
    }

    /// True if the ledger knows later keys than these.
    pub(in crate::archive) fn is_later_than(self, keys: Self) -> bool {
        self.epoch > keys.epoch || self.generation > keys.generation
    }
}

impl LastWords {
    /// Which epoch and which generation are in force. Waits for nobody.
    pub(in crate::archive) fn keys_in_force(&self) -> InForce {
        let packed = self.keys.load(Ordering::Acquire);
        let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
        InForce { epoch: half(packed >> 32), generation: half(packed), ..InForce::default() }
    }

    /// What the ledger says of the keys.
    pub(in crate::archive) fn in_force(&self) -> InForce {
        self.read().in_force
    }

    /// The same, with what waits in this transaction.
    pub(in crate::archive) fn in_force_with(&self, tx: &Tx<'_>) -> InForce {
        let of = |draft: &EntryDraft| InForce::of(draft.kind, draft.facts.as_object()?);
        tx.pending().filter_map(of).fold(self.in_force(), InForce::and)
    }
}
