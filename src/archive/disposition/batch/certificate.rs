//! The certificate of destruction (销毁证明): what was destroyed, on what ground, by whom and when, put together of
//! entries of the ledger. It is sealed; the entry that ends the disposition is committed to it, and the proof of that
//! entry under a signed checkpoint is what signs it: `docs/formats/certificate.md`.

use serde_json::{Map, Value, json};

use crate::archive::caller::Caller;
use crate::archive::cells::{ESCROW, REPORT};
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::users::UserProfile;
use crate::archive::{Archive, Inner, cells};
use crate::base::digest::to_hex;
use crate::base::id::{DispositionId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::seal::Profile;
use crate::store::rows::{cells as cell_rows, ledger, records};
use crate::store::{Conn, Tx};

use super::decide::seen;
use super::list::{Item, ItemList};
use super::step::{Batch, RESTORING};
use crate::archive::disposition::copies::WITH;

/// The form of the certificate.
pub(super) const FORM: &str = "muniment.certificate-of-destruction";
/// Its version.
pub(super) const FORM_VERSION: u32 = 1;
/// How it was destroyed.
const METHOD: &str = "crypto-shredding";

/// What the certificate of a disposition says.
///
/// # Errors
/// [`Refusal::Damaged`] if an entry about one of its records cannot be read.
pub(super) fn words(
    inner: &Inner,
    tx: &mut Tx<'_>,
    (batch, list): (&Batch, &ItemList),
) -> Result<Value, Refusal> {
    let at = tx.at();
    let ledger = inner.ledgered(tx.conn())?;
    let rules = inner.rules(at)?;
    let citations = |rule: &str| {
        let known = rules.last()?.schedule.rules().iter().find(|one| one.reference.id().as_str() == rule)?;
        Some(json!({
            "citations": known.obligation.citations,
            "period": known.obligation.rule.period().map(|period| period.to_string()),
            "trigger": known.obligation.rule.trigger().map(|trigger| trigger.to_string()),
            "title": known.obligation.title,
        }))
    };
    let mut items = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let mut line = line_of(&ledger, tx.conn(), batch, item)?;
        let rule = line.pointer("/rule/id").and_then(Value::as_str).map(str::to_owned);
        if let (Some(line), Some(rule)) = (line.as_object_mut(), rule) {
            line.insert("basis".to_owned(), citations(&rule).unwrap_or(Value::Null));
        }
        items.push(line);
    }
    let mut name = |user: UserId| person(inner, tx.conn(), user);
    let mut decisions = Vec::new();
    for one in &batch.decisions {
        let stage = list.stages.get(usize::from(one.stage));
        decisions.push(json!({
            "at": one.at.to_rfc3339(), "by": name(one.by)?, "role": one.role.as_str(), "stage": one.stage,
            "stage_name": stage, "verdict": one.verdict.as_str(),
        }));
    }
    let mut witnesses = Vec::new();
    for one in &batch.attended {
        witnesses.push(json!({"at": one.at.to_rfc3339(), "by": name(one.by)?}));
    }
    let stages = batch.stages.iter().zip(&list.stages).map(|(stage, name)| {
        let roles: Vec<&str> = stage.roles.iter().map(|role| role.as_str()).collect();
        json!({"name": name, "needed": stage.needed, "roles": roles})
    });
    Ok(json!({
        "archive": inner.keys().archive.to_string(),
        "chain": list.chain,
        "cooling_off": {
            "period": batch.cooling_off.map(|period| period.to_string()),
            "until": batch.cooling_until.map(Moment::to_rfc3339),
        },
        "decisions": decisions,
        "disposition": batch.id.to_string(),
        "ended": at.to_rfc3339(),
        "form": FORM,
        "items": items,
        "method": METHOD,
        "reason": list.reason,
        "requested": {"at": batch.begun.to_rfc3339(), "by": name(batch.requested_by)?},
        "root": batch.root.to_hex(),
        "rule": batch.rule,
        "sealing_began": batch.sealing_at.map(Moment::to_rfc3339),
        "shredding_began": batch.shredding_at.map(Moment::to_rfc3339),
        "stages": stages.collect::<Vec<_>>(),
        "version": FORM_VERSION,
        "witnesses": witnesses,
        "zone": batch.zone.name(),
    }))
}

/// Who it was: the id, which entries name, and the name by which people know him.
fn person(inner: &Inner, conn: &mut Conn, user: UserId) -> Result<Value, Refusal> {
    let name = UserProfile::read(&inner.keys(), conn, user)?.name;
    Ok(json!({"id": user.to_string(), "name": name}))
}

/// The redacted copies that were destroyed with a record.
fn copies_of(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    batch: &Batch,
    item: &Item,
) -> Result<Vec<Value>, Refusal> {
    let (own, source) = (batch.id.to_string(), item.record.to_string());
    let mut lines = Vec::new();
    for copy in ledger.made_of(conn, item.record)? {
        for told in ledger.dispositions_of(conn, copy)? {
            let facts = &told.entry.facts;
            let says = |name: &str, id: &str| facts.get(name).and_then(Value::as_str) == Some(id);
            if told.entry.kind != EntryKind::RecordShredded || !says("batch", &own) || !says(WITH, &source) {
                continue;
            }
            let mut line = Map::new();
            line.insert("record".to_owned(), json!(copy.to_string()));
            let destroyed = json!({"at": told.entry.at.to_rfc3339(), "ledger": told.seq});
            line.insert("destroyed".to_owned(), destroyed);
            for name in ["bytes", "category", "components", "kind", "payloads"] {
                line.insert(name.to_owned(), facts.get(name).cloned().unwrap_or(Value::Null));
            }
            lines.push(Value::Object(line));
        }
    }
    Ok(lines)
}

/// What became of one record.
fn line_of(ledger: &Ledgered<'_>, conn: &mut Conn, batch: &Batch, item: &Item) -> Result<Value, Refusal> {
    let own = batch.id.to_string();
    let record = records::get(conn, item.record)?.ok_or(Refusal::Damaged(Thing::Record))?;
    let mut line = Map::new();
    line.insert("leaf".to_owned(), item.leaf());
    line.insert("captured".to_owned(), json!(record.captured_at.to_rfc3339()));
    line.insert("outcome".to_owned(), json!("left"));
    for told in ledger.dispositions_of(conn, item.record)? {
        let facts = &told.entry.facts;
        if facts.get("batch").and_then(Value::as_str) != Some(own.as_str()) {
            continue;
        }
        let at = told.entry.at.to_rfc3339();
        match told.entry.kind {
            EntryKind::RecordSealed => {
                let escrow = format!("cell/{}/{ESCROW}", item.record);
                let key = facts.get("rows").and_then(|rows| rows.get(&escrow)).cloned();
                line.insert("key".to_owned(), key.unwrap_or(Value::Null));
                line.insert("sealed".to_owned(), json!({"at": at, "ledger": told.seq}));
            }
            EntryKind::RecordShredded => {
                line.insert("outcome".to_owned(), json!("destroyed"));
                line.insert("destroyed".to_owned(), json!({"at": at, "ledger": told.seq}));
                for name in [
                    "action",
                    "bytes",
                    "category",
                    "ceiling",
                    "components",
                    "due_from",
                    "floor",
                    "holds",
                    "kind",
                    "mandatory",
                    "payloads",
                    "policy",
                    "rule",
                ] {
                    line.insert(name.to_owned(), facts.get(name).cloned().unwrap_or(Value::Null));
                }
            }
            _ => {
                let why = facts.get("why").cloned().unwrap_or_else(|| json!([]));
                let step = facts.get("step").cloned().unwrap_or(Value::Null);
                line.insert(
                    "left".to_owned(),
                    json!({"at": at, "ledger": told.seq, "step": step, "why": why}),
                );
                if facts.get("step").and_then(Value::as_str) == Some(RESTORING) {
                    line.insert("outcome".to_owned(), json!("restored"));
                }
            }
        }
    }
    let copies = copies_of(ledger, conn, batch, item)?;
    if !copies.is_empty() {
        line.insert("copies".to_owned(), Value::Array(copies));
    }
    Ok(Value::Object(line))
}

impl Archive {
    /// The certificate of a finished disposition, with all that is needed to check it without the archive.
    ///
    /// # Errors
    /// Not there for this caller; [`Refusal::WrongState`] before its end; [`Refusal::Damaged`].
    pub fn certificate_of_destruction(&self, caller: &Caller, id: DispositionId) -> Result<Value, Refusal> {
        let inner = &self.inner;
        let now = inner.now();
        inner.store.read(|conn| {
            let ledger = inner.ledgered(conn)?;
            let found = ledger.batch(conn, id)?;
            let (seq, batch) = seen(caller, found, now)?;
            let said = batch.certificate.ok_or(Refusal::WrongState)?;
            let (owner, thing) = (id.to_string(), Thing::Disposition);
            let words = cells::profile_as(&inner.keys(), conn, (&owner, REPORT), Some(said), thing)?;
            let row = cell_rows::get(conn, &owner, REPORT)?.ok_or(Refusal::Damaged(thing))?;
            let opened = Profile::parse(cells::open(&inner.keys(), &row, thing)?.expose())?;
            let (entry, proof) = self.proven(conn, seq)?;
            let turned = epoch_turned_after(conn, seq)?;
            let turned = match turned {
                None => Value::Null,
                Some(turned) => {
                    let (entry, proof) = self.proven(conn, turned)?;
                    json!({"at": entry.at.to_rfc3339(), "entry": text(&entry.bytes)?, "proof": proof})
                }
            };
            Ok(json!({
                "certificate": words,
                "commitment_key": to_hex(opened.commitment_key.expose()),
                "entry": text(&entry.bytes)?,
                "form": FORM,
                "proof": proof,
                // From then on the destroyed keys are in no older copy of the database that anybody could open.
                "unrecoverable_from_backups_since": turned,
                "version": FORM_VERSION,
                "vkey": inner.last_words.vkey(),
            }))
        })
    }
}

fn text(bytes: &[u8]) -> Result<String, Refusal> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::Damaged(Thing::LedgerEntry))
}

/// The first turn of the epoch behind an entry.
fn epoch_turned_after(conn: &mut Conn, seq: u64) -> Result<Option<u64>, Refusal> {
    const TURNS: u32 = 1_000;
    let kind = Some(EntryKind::EpochTurned);
    let filter = ledger::EntryFilter { subject: None, kind, before_seq: None };
    let turns = ledger::page(conn, filter, TURNS)?;
    Ok(turns.into_iter().map(|row| row.seq).filter(|turn| *turn > seq).min())
}
