//! By what a capture is known again: the key of its request, and the source that it came from.

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::rows;
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::occurred::Occurred;
use crate::record::request::{Capture, CaseRef};
use crate::seal::commitment::commit;
use crate::seal::{Keyring, VersionKeys};
use crate::store::Conn;
use crate::store::rows::{components, ledger, records, versions};

use super::acting::Warrant;
use super::caller::Caller;
use super::descriptors;
use super::refusal::{Refusal, Thing};
use super::stage::Staged;
use super::taken::Name;
use super::{Archive, Inner};

/// By what a repeated request is known again, and what this one amends.
#[derive(Clone, Default)]
pub(super) struct Origin {
    /// Token of the idempotency key, and the keyed digest of the request.
    pub idempotency: Option<([u8; 16], Digest)>,
    /// Token of source and external id, and the revision.
    pub source: Option<([u8; 16], Revision)>,
    /// Digests of the contents, in the order of the request.
    pub contents: Vec<Digest>,
    /// What is sent under a revision that the source has a name for.
    pub sent: Option<Sent>,
    /// The record that stands under that source and external id, which this person may change.
    pub standing: Option<RecordId>,
    /// The record that a new version belongs to, and the version its author saw.
    pub amends: Option<(RecordId, Option<u32>)>,
}

/// What a request says, to be held against what was captured under the same revision before.
#[derive(Clone)]
pub(super) struct Sent {
    descriptor: Digest,
    occurred: Occurred,
    contents: Vec<Digest>,
}

impl Sent {
    fn of(capture: &Capture, staged: &[Staged]) -> Self {
        Self {
            descriptor: Digest::of(capture.descriptor.to_bytes().expose()),
            occurred: capture.occurred,
            contents: staged.iter().map(Staged::digest).collect(),
        }
    }

    /// Holds it against a version. What a log's erased entries stood in cannot be told any more: of such a
    /// record its description is compared alone.
    ///
    /// # Errors
    /// [`Refusal::SourceConflict`] if the version says something else; [`Refusal::Damaged`], or the database
    /// cannot be read.
    pub(super) fn must_be(
        &self,
        inner: &Inner,
        conn: &mut Conn,
        (record, version): (RecordId, u32),
    ) -> Result<(), Refusal> {
        let keys = inner.keys();
        let row = versions::get(conn, record, version)?.ok_or(Refusal::Damaged(Thing::Record))?;
        let own = descriptors::version_keys(&keys, conn, record, version)?;
        let occurred = Occurred { on: row.occurred_on, at: row.occurred_at, zone: row.zone };
        let described = commit(&own.commitment_key, self.descriptor).digest();
        if described != row.descriptor_commitment || occurred != self.occurred {
            return Err(Refusal::SourceConflict);
        }
        let erased = ledger::EntryFilter {
            subject: Some(&record.to_string()),
            kind: Some(EntryKind::EntryErased),
            ..ledger::EntryFilter::default()
        };
        if !ledger::page(conn, erased, 1)?.is_empty() {
            return Ok(());
        }
        let components = components::of_version(conn, record, version)?;
        if components.len() != self.contents.len() {
            return Err(Refusal::SourceConflict);
        }
        for (component, content) in components.iter().zip(&self.contents) {
            let header = inner.source(&keys, conn, component)?.header;
            if commit(&header.commitment_key, *content).digest() != component.commitment {
                return Err(Refusal::SourceConflict);
            }
        }
        Ok(())
    }
}

/// What a version was made of, by its source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Revision {
    /// The source has a name for it: the token of that.
    Named([u8; 16]),
    /// Without one the content itself tells whether the row changed: the keyed digest of all that the request says.
    /// What is kept of it hangs on the version's key, so that nothing of a log whose entries were erased can be
    /// tried out by sending guesses again.
    Content(Digest),
}

impl Revision {
    /// What is kept of it.
    pub(super) fn token(self, keys: &VersionKeys) -> [u8; 16] {
        match self {
            Self::Named(token) => token,
            Self::Content(digest) => keys.revision_token(&digest),
        }
    }

    /// The version of a record that was made of it.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if a key of a version is missing, or the database cannot be read.
    pub(super) fn made(
        self,
        keys: &Keyring,
        conn: &mut Conn,
        record: RecordId,
    ) -> Result<Option<u32>, Refusal> {
        let digest = match self {
            Self::Named(token) => {
                return Ok(versions::by_revision(conn, record, &token)?.map(|version| version.version));
            }
            Self::Content(digest) => digest,
        };
        // By what is closed nothing is known again.
        if !records::get(conn, record)?.is_some_and(|row| rows::is_openable(&row)) {
            return Ok(None);
        }
        for row in versions::of_record(conn, record)?.into_iter().rev() {
            let Some(kept) = row.revision_token else { continue };
            if descriptors::version_keys(keys, conn, record, row.version)?.revision_token(&digest) == kept {
                return Ok(Some(row.version));
            }
        }
        Ok(None)
    }
}

impl Archive {
    /// A source and external id that are taken stand for a record: whoever names them again changes it,
    /// and has to be one who may, when it is written too.
    ///
    /// # Errors
    /// [`Refusal::Exists`] where they stand for a record that is not this person's to change,
    /// [`Refusal::NamesThrottled`] for who heard that too often.
    pub(super) fn permit_source(&self, caller: &Caller, origin: &mut Origin) -> Result<Warrant, Refusal> {
        let Some((source, _)) = origin.source else { return Ok(Warrant::entry()) };
        let (row, now) = (self.inner.store.read(|conn| records::by_source(conn, &source))?, self.inner.now());
        let reach = |action| caller.reach(action, Resource::Record, now);
        let within = |action, target: &Target| reach(action).level_of(caller.rights(), target).is_some();
        let target = row.as_ref().map(|row| (row.id, Target::record(row.case_id, row.captured_by)));
        match target {
            Some((record, target)) if within(Action::Change, &target) => {
                may_change_source(caller, &target, now)?;
                origin.standing = Some(record);
                Ok(Warrant::by(move |caller, _, now| may_change_source(caller, &target, now)))
            }
            target => {
                let name = Name::of(target.as_ref(), |(_, target)| within(Action::Read, target));
                caller.may_name((Action::Create, Resource::Record), name, Thing::Record, now)?;
                Ok(Warrant::entry())
            }
        }
    }
}

fn may_change_source(caller: &Caller, target: &Target, now: Moment) -> Result<(), Refusal> {
    let change = (Action::Change, Resource::Record);
    match caller.permit(change, Some(target), Thing::Record, now) {
        Ok(_) => Ok(()),
        Err(Refusal::NotFound(_) | Refusal::Forbidden) => Err(Refusal::Exists(Thing::Record)),
        Err(other) => Err(other),
    }
}

impl Inner {
    /// The keyed tokens by which a repeated request is known again.
    /// `part` numbers the segments that one request becomes.
    pub(super) fn origin(
        &self,
        caller: &Caller,
        capture: &Capture,
        staged: &[Staged],
        part: Option<usize>,
    ) -> Result<Origin, Refusal> {
        let keys = self.keys();
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let part = part.map_or(String::new(), |part| format!("\u{1f}{part}"));
        let idempotency = capture.idempotency_key.as_ref().map(|key| {
            let text = format!("{}\u{1f}{}{part}", caller.user(), key.as_str());
            let token = index.lookup_token("idempotency", &text);
            (token, request_digest(index, capture, staged))
        });
        let source = capture.descriptor.source.as_ref().map(|source| {
            let token = index.lookup_token("source", &format!("{}{part}", source.identity_text()));
            let revision = match source.revision_text() {
                Some(revision) => Revision::Named(index.lookup_token("revision", &revision)),
                None => Revision::Content(request_digest(index, capture, staged)),
            };
            (token, revision)
        });
        let is_named = matches!(source, Some((_, Revision::Named(_))));
        let sent = is_named.then(|| Sent::of(capture, staged));
        let contents = staged.iter().map(Staged::digest).collect();
        Ok(Origin { idempotency, source, contents, sent, standing: None, amends: None })
    }
}

/// A keyed digest of everything the request says, so that the stored value tells nothing of it.
fn request_digest(index: &crate::seal::IndexKeys, capture: &Capture, staged: &[Staged]) -> Digest {
    let case = match &capture.case {
        None => Value::Null,
        Some(CaseRef::Id(id)) => json!({"id": id.to_string()}),
        Some(CaseRef::Reference(reference)) => json!({"reference": reference.as_str()}),
    };
    let links: Vec<Value> = capture
        .links
        .iter()
        .map(|link| json!({"kind": link.kind.as_str(), "to": link.to.to_string()}))
        .collect();
    let request: Value = json!({
        "case": case,
        "category": capture.category.as_str(),
        "descriptor": capture.descriptor.to_json(),
        "jurisdiction": capture.jurisdiction.as_str(),
        "kind": capture.kind.closest_word(),
        "links": links,
        "occurred": capture.occurred.to_text(),
        "contents": staged.iter().map(|staged| staged.digest().to_hex()).collect::<Vec<_>>(),
    });
    let plain = Digest::of(&canonical::to_bytes(&request));
    let token = index.lookup_token("request", &plain.to_hex());
    Digest::of(&token)
}
