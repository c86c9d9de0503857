//! The records of a disposition as they were when it began: a sealed list to which each of its steps is committed,
//! and the Merkle root over it. What leaves the disposition changes neither.

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::cells::{self, ITEMS, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::ledger::tree::{leaf_hash, small_root};
use crate::store::Conn;

use super::step::Batch;

/// One record of a disposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Item {
    pub record: RecordId,
    /// Its version then: another one is not what was reviewed.
    pub version: u32,
    /// The commitment to that version's words.
    pub commitment: Digest,
    /// By what it is destroyed, if a rule says so: id, version and hash.
    pub rule: Option<(String, u32, Digest)>,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct ItemList {
    pub items: Vec<Item>,
    /// What people call each stage.
    pub stages: Vec<String>,
    /// The chain of the policy that the stages come from, if one does.
    pub chain: Option<String>,
    /// Why it was asked for.
    pub reason: String,
}

impl Item {
    /// The leaf of the tree, as certificates have it.
    pub(in crate::archive) fn leaf(&self) -> Value {
        json!([self.record.to_string(), self.version, self.commitment.to_hex()])
    }
}

/// The root over leaves.
pub(in crate::archive) fn root_of<'v>(leaves: impl Iterator<Item = &'v Value>) -> Digest {
    let leaves: Vec<_> = leaves.map(|leaf| leaf_hash(&canonical::to_bytes(leaf))).collect();
    Digest::from_bytes(*small_root(&leaves).as_bytes())
}

impl ItemList {
    /// The Merkle root over the records.
    pub(in crate::archive) fn root(&self) -> Digest {
        let leaves: Vec<Value> = self.items.iter().map(Item::leaf).collect();
        root_of(leaves.iter())
    }

    /// Seals it as the list of a disposition.
    pub(in crate::archive) fn seal(&self, inner: &Inner, owner: &str) -> Result<SealedProfile, Refusal> {
        let item = |item: &Item| {
            let rule = item.rule.as_ref().map(|(id, version, hash)| json!([id, version, hash.to_hex()]));
            json!([item.record.to_string(), item.version, item.commitment.to_hex(), rule])
        };
        let words = json!({
            "chain": self.chain,
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
            "reason": self.reason,
            "stages": self.stages,
        });
        cells::seal_profile(inner, &inner.keys(), owner, ITEMS, &words)
    }

    /// Reads the list to which a disposition is committed.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is another one, or gone.
    pub(in crate::archive) fn open(inner: &Inner, conn: &mut Conn, batch: &Batch) -> Result<Self, Refusal> {
        let (owner, thing) = (batch.id.to_string(), Thing::Disposition);
        let words = cells::profile_as(&inner.keys(), conn, (&owner, ITEMS), Some(batch.list), thing)?;
        let list = Self::parse(&words).ok_or(Refusal::Damaged(thing))?;
        match list.root() == batch.root && list.items.len() as u64 == batch.items {
            true => Ok(list),
            false => Err(Refusal::Damaged(thing)),
        }
    }

    fn parse(words: &Value) -> Option<Self> {
        let rule = |value: &Value| match value {
            Value::Null => Some(None),
            rule => {
                let version = u32::try_from(rule.get(1)?.as_u64()?).ok()?;
                let hash = Digest::parse_hex(rule.get(2)?.as_str()?).ok()?;
                Some(Some((rule.get(0)?.as_str()?.to_owned(), version, hash)))
            }
        };
        let item = |value: &Value| {
            Some(Item {
                record: RecordId::parse(value.get(0)?.as_str()?).ok()?,
                version: u32::try_from(value.get(1)?.as_u64()?).ok()?,
                commitment: Digest::parse_hex(value.get(2)?.as_str()?).ok()?,
                rule: rule(value.get(3)?)?,
            })
        };
        let owned = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            items: words.get("items")?.as_array()?.iter().map(item).collect::<Option<_>>()?,
            stages: words.get("stages")?.as_array()?.iter().map(owned).collect::<Option<_>>()?,
            chain: words.get("chain").and_then(owned),
            reason: owned(words.get("reason")?)?,
        })
    }
}
