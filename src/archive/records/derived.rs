//! What was made of a record and kept, and what a record was made from: by the entries about the source, where it
//! was made in here. A link alone is what somebody said.

use std::collections::BTreeSet;

use serde_json::Value;

use super::show::LinkView;
use super::{Ledgered, amiss};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::RecordId;
use crate::ledger::entry::{Entry, EntryKind};
use crate::record::lineage::LinkKind;
use crate::store::Conn;
use crate::store::rows::ledger::{self, EntryFilter};

/// Entries that are read at once.
const LOOKED_AT: u32 = 100;

/// A record that was made of another one in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivativeView {
    /// The record that holds the copy.
    pub record: RecordId,
    /// The record that it was made from.
    pub from: RecordId,
    /// The version that it was made from.
    pub version: u64,
    /// The component that it was made from.
    pub component: String,
    /// The component that holds it.
    pub kept_component: String,
    /// The profile.
    pub profile: String,
    /// Why it is a slip sheet and no copy.
    pub withheld: Option<String>,
    /// Position of the entry that says so.
    pub ledger_index: u64,
}

impl Ledgered<'_> {
    /// The lineage of what is linked as made from something, as far as the ledger has it. `links` are those of one
    /// record that a reader sees.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if an entry is not in the ledger, or not of the form that is written.
    pub(super) fn derivatives(
        &self,
        conn: &mut Conn,
        links: &[LinkView],
    ) -> Result<Vec<DerivativeView>, Refusal> {
        let kind = LinkKind::DerivedFrom.as_str();
        let made: Vec<&LinkView> = links.iter().filter(|link| link.kind == kind).collect();
        let sources: BTreeSet<RecordId> = made.iter().map(|link| link.to).collect();
        let mut found = Vec::new();
        for source in sources {
            let mut sought: BTreeSet<String> =
                made.iter().filter(|link| link.to == source).map(|link| link.from.to_string()).collect();
            self.look_for(conn, source, &mut sought, &mut found)?;
        }
        found.sort_by_key(|one: &DerivativeView| one.ledger_index);
        Ok(found)
    }

    /// Every record that was made of this one in here, and of those again; by the entries about what they were made
    /// from, whoever may see which.
    ///
    /// # Errors
    /// As [`Self::derivatives`].
    pub(in crate::archive) fn made_of(
        &self,
        conn: &mut Conn,
        source: RecordId,
    ) -> Result<Vec<RecordId>, Refusal> {
        let (mut found, mut from) = (Vec::new(), vec![source]);
        while let Some(source) = from.pop() {
            for made in self.made_at_once_of(conn, source)? {
                if made != source && !found.contains(&made) {
                    found.push(made);
                    from.push(made);
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn made_at_once_of(&self, conn: &mut Conn, source: RecordId) -> Result<Vec<RecordId>, Refusal> {
        let subject = source.to_string();
        let about = (subject.as_str(), Thing::Record);
        let (mut made, mut before_seq) = (Vec::new(), None);
        loop {
            let kind = Some(EntryKind::Redacted);
            let rows =
                ledger::page(conn, EntryFilter { subject: Some(&subject), kind, before_seq }, LOOKED_AT)?;
            let Some(oldest) = rows.last() else { return Ok(made) };
            before_seq = Some(oldest.seq);
            for row in &rows {
                let entry = self.prove(conn, row, about)?;
                let Some(kept) = entry.facts.get("kept") else { continue };
                let kept = kept.as_str().and_then(|id| RecordId::parse(id).ok());
                made.push(kept.ok_or_else(|| amiss("the entry of a kept copy", about))?);
            }
        }
    }

    /// Reads the entries about a source, the newest first, until all that is sought was found.
    fn look_for(
        &self,
        conn: &mut Conn,
        source: RecordId,
        sought: &mut BTreeSet<String>,
        found: &mut Vec<DerivativeView>,
    ) -> Result<(), Refusal> {
        let subject = source.to_string();
        let about = (subject.as_str(), Thing::Record);
        let mut before_seq = None;
        while !sought.is_empty() {
            let kind = Some(EntryKind::Redacted);
            let rows =
                ledger::page(conn, EntryFilter { subject: Some(&subject), kind, before_seq }, LOOKED_AT)?;
            let Some(oldest) = rows.last() else { break };
            before_seq = Some(oldest.seq);
            for row in &rows {
                let entry = self.prove(conn, row, about)?;
                let Some(kept) = entry.facts.get("kept").and_then(Value::as_str) else { continue };
                if sought.remove(kept) {
                    let view = read(&entry, (source, row.seq));
                    found.push(view.ok_or_else(|| amiss("the entry of a kept copy", about))?);
                }
            }
        }
        Ok(())
    }
}

fn read(entry: &Entry, (from, ledger_index): (RecordId, u64)) -> Option<DerivativeView> {
    let text = |name: &str| entry.facts.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(DerivativeView {
        record: RecordId::parse(&text("kept")?).ok()?,
        from,
        version: entry.facts.get("version").and_then(Value::as_u64)?,
        component: text("component")?,
        kept_component: text("kept_component")?,
        profile: text("policy")?,
        withheld: text("slip"),
        ledger_index,
    })
}
