//! The table. The rules from which its cells follow stand in `docs/roles.md`; what a row answers beyond
//! them stands beside it. Where no rule speaks, the narrower answer was taken.

use super::super::scope::{Grant, Level, Scope};
use super::super::two_person::TwoPersonAction as Two;
use super::{Action as A, Needs, Permission, Resource as R};

const fn cell(scope: Scope, level: Level) -> Grant {
    Grant { scope, level }
}

const NO: Grant = cell(Scope::None, Level::Facts);
// Names: scope, then F(acts), R(edacted) or nothing for full.
const OWN: Grant = cell(Scope::Own, Level::Full);
const OWN_F: Grant = cell(Scope::Own, Level::Facts);
const OWN_R: Grant = cell(Scope::Own, Level::Redacted);
const GRA: Grant = cell(Scope::Granted, Level::Full);
const GRA_F: Grant = cell(Scope::Granted, Level::Facts);
const GRA_R: Grant = cell(Scope::Granted, Level::Redacted);
const OGR: Grant = cell(Scope::OwnOrGranted, Level::Full);
const OGR_F: Grant = cell(Scope::OwnOrGranted, Level::Facts);
const OGR_R: Grant = cell(Scope::OwnOrGranted, Level::Redacted);
const ASS_F: Grant = cell(Scope::Assigned, Level::Facts);
const OAS_F: Grant = cell(Scope::OwnOrAssigned, Level::Facts);
const GAS: Grant = cell(Scope::GrantedOrAssigned, Level::Full);
const GAS_F: Grant = cell(Scope::GrantedOrAssigned, Level::Facts);
const ALL: Grant = cell(Scope::All, Level::Full);
const ALL_F: Grant = cell(Scope::All, Level::Facts);
const ALL_R: Grant = cell(Scope::All, Level::Redacted);

const PLAIN: Needs = Needs { purpose: false, second_factor: false, second_person: None };
/// Reading an original needs a purpose and is in the ledger before the first byte leaves.
const PURPOSE: Needs = Needs { purpose: true, second_factor: false, second_person: None };
/// Approve, export and shred ask for the second factor again.
const AGAIN: Needs = Needs { purpose: false, second_factor: true, second_person: None };

const fn two(action: Two) -> Needs {
    Needs { purpose: false, second_factor: true, second_person: Some(action) }
}

const fn row(resource: R, action: A, needs: Needs, cells: [Grant; 9]) -> Permission {
    Permission { resource, action, needs, cells }
}

/// The whole table. Whatever is not in it is allowed to nobody.
#[rustfmt::skip]
pub const MATRIX: &[Permission] = &[
    //                                             archivist legal  privacy trainer reviewer auditor service witness admin
    // ── Records ──
    // Archivists see their own captures; grants are per case or matter; privacy officers and auditors see all,
    // at their level. Reviewers and witnesses see the facts of what they decide on or attend, administrators nothing.
    row(R::Record, A::List, PLAIN,                 [OGR,     GRA,   ALL,    GRA_R,  ASS_F,   ALL_F,  GRA_R,  ASS_F,  NO]),
    row(R::Record, A::Read, PLAIN,                 [OGR,     GRA,   ALL,    GRA_R,  ASS_F,   ALL_F,  GRA_R,  ASS_F,  NO]),
    // Archivist (captures), and nobody else. Into any case: the reference stands on the paper in his hands.
    row(R::Record, A::Create, PLAIN,               [ALL,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    // A new version or a link: the same work as capturing, on what he can see.
    row(R::Record, A::Change, PLAIN,               [OGR,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    // Verifying needs no key and shows ids only; whoever sees the record may check it.
    row(R::Record, A::Verify, PLAIN,               [OGR_F,   GRA_F, ALL_F,  GRA_F,  ASS_F,   ALL_F,  GRA_F,  ASS_F,  NO]),
    row(R::Descriptor, A::Read, PLAIN,             [OGR,     GRA,   ALL,    GRA_R,  NO,      NO,     GRA_R,  NO,     NO]),
    // Content (redacted by default): for everybody, so that originals are opened only on purpose. Who may not read the
    // original gets what the detector has proved (records/proven.rs).
    row(R::Rendition, A::Read, PLAIN,              [OGR_R,   GRA_R, ALL_R,  GRA_R,  NO,      NO,     GRA_R,  NO,     NO]),
    // Hiding in text that one brings along and that is not kept: for everybody who works with content.
    row(R::Rendition, A::Create, PLAIN,            [ALL_R,   ALL_R, ALL_R,  ALL_R,  NO,      NO,     ALL_R,  NO,     NO]),
    // Legal: granted matters and cases, originals with purpose. Archivists: what they captured themselves and
    // nothing more, even where a case is granted. Privacy: requests for a copy cannot be answered otherwise.
    row(R::Original, A::Read, PURPOSE,             [OWN,     GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // Who read what. Archivists do not learn who read: that is for those who answer for reading. What for is
    // among it: a privacy officer sees all, at the level of content.
    row(R::Custody, A::Read, PLAIN,                [NO,      GRA,   ALL,    NO,     NO,      ALL_F,  NO,     NO,     NO]),
    // An id out of sight answers 404, proofs too: the same cells as the record's.
    row(R::Proof, A::Read, PLAIN,                  [OGR_F,   GRA_F, ALL_F,  GRA_F,  ASS_F,   ALL_F,  GRA_F,  ASS_F,  NO]),

    // ── Cases and parties ──
    row(R::Case, A::List, PLAIN,                   [OGR,     GRA,   ALL,    GRA_R,  NO,      ALL_F,  GRA_R,  NO,     NO]),
    row(R::Case, A::Read, PLAIN,                   [OGR,     GRA,   ALL,    GRA_R,  NO,      ALL_F,  GRA_R,  NO,     NO]),
    row(R::Case, A::Create, PLAIN,                 [ALL,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Case, A::Change, PLAIN,                 [OGR,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::CaseEvent, A::List, PLAIN,              [OGR,     GRA,   ALL,    GRA_R,  NO,      ALL_F,  GRA_R,  NO,     NO]),
    row(R::CaseEvent, A::Create, PLAIN,            [OGR,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    // Events are evidence: an event is cancelled by another entry, never edited.
    row(R::CaseEvent, A::Cancel, PLAIN,            [OGR,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Gap, A::List, PLAIN,                    [OGR,     GRA,   ALL,    NO,     NO,      ALL_F,  NO,     NO,     NO]),
    // A gap may be explained: by those who know the case with names.
    row(R::Gap, A::Explain, PLAIN,                 [OGR,     GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // Trainers never see customer names; reviewers, auditors, witnesses, administrators: no content.
    row(R::Party, A::List, PLAIN,                  [OGR,     GRA,   ALL,    NO,     NO,      NO,     GRA_R,  NO,     NO]),
    row(R::Party, A::Read, PLAIN,                  [OGR,     GRA,   ALL,    NO,     NO,      NO,     GRA_R,  NO,     NO]),
    row(R::Party, A::Change, PLAIN,                [OGR,     NO,    ALL,    NO,     NO,      NO,     NO,     NO,     NO]),

    // ── Matters and holds ──
    // Matter is the unit of access for legal work. Privacy and auditors see that a matter stands, not what it says.
    row(R::Matter, A::List, PLAIN,                 [NO,      GRA,   ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::Matter, A::Read, PLAIN,                 [NO,      GRA,   ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::Matter, A::Create, PLAIN,               [NO,      ALL,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Matter, A::Change, PLAIN,               [NO,      GRA,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    // A confidential hold is seen through its matter only (decide.rs takes all and assigned away).
    row(R::Hold, A::List, PLAIN,                   [NO,      GRA,   ALL_F,  NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    row(R::Hold, A::Read, PLAIN,                   [NO,      GRA,   ALL_F,  NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    // A hold belongs to a matter, so it is placed and changed by those who work on the matter.
    row(R::Hold, A::Create, PLAIN,                 [NO,      GRA,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Hold, A::Change, PLAIN,                 [NO,      GRA,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    // Release needs reason, authority and a second person.
    row(R::Hold, A::Release, two(Two::ReleaseHold), [NO,     GRA,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Hold, A::Approve, AGAIN,                [NO,      GAS,   NO,     NO,     ASS_F,   NO,     NO,     NO,     NO]),
    // Anybody may be told to keep something; who was told says so himself. Of others it is known through the hold.
    // The words of a notice are for those to whom they were written, whatever their level.
    row(R::HoldNotice, A::List, PLAIN,             [OWN,     OWN,   OWN,    OWN_R,  OWN_F,   OWN_F,  OWN_R,  OWN_F,  OWN_F]),
    row(R::HoldNotice, A::Create, PLAIN,           [NO,      GRA,   NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::HoldNotice, A::Change, PLAIN,           [OWN,     OWN,   OWN,    OWN_R,  OWN_F,   OWN_F,  OWN_R,  OWN_F,  OWN_F]),

    // ── Retention ──
    // Policies bind everybody, are acknowledged by those concerned, and suggestions from any user attach to a row.
    row(R::Policy, A::List, PLAIN,                 [ALL,     ALL,   ALL,    ALL,    ALL,     ALL,    ALL,    ALL,    ALL]),
    row(R::Policy, A::Read, PLAIN,                 [ALL,     ALL,   ALL,    ALL,    ALL,     ALL,    ALL,    ALL,    ALL]),
    row(R::Policy, A::Suggest, PLAIN,              [ALL,     ALL,   ALL,    ALL,    ALL,     ALL,    ALL,    ALL,    ALL]),
    // Privacy officers configure and revise the rules; who files would be judged by them, and who litigates holds.
    row(R::Policy, A::Create, PLAIN,               [NO,      NO,    ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Policy, A::Change, PLAIN,               [NO,      NO,    ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // A simulation runs over the whole archive and lists ids; counts out of sight answer 404. So archivists and
    // legal get it over what they can see, privacy over everything; publishing takes a report of the whole archive.
    row(R::Policy, A::Simulate, PLAIN,             [OGR_F,   GRA_F, ALL_F,  NO,     NO,      NO,     NO,     NO,     NO]),
    // Two persons for publish policy. Not by archivists: their own filing would be judged by it.
    row(R::Policy, A::Publish, two(Two::PublishPolicy), [NO, ALL,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // Shorten; older records only by an explicit campaign.
    row(R::Policy, A::Shorten, two(Two::ShortenRetention), [NO, ALL, ALL,   NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Policy, A::Approve, AGAIN,              [NO,      ALL,   ALL,    NO,     ALL_F,   NO,     NO,     NO,     NO]),
    row(R::Event, A::List, PLAIN,                  [OGR,     GRA,   ALL,    NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    row(R::Event, A::Create, PLAIN,                [OGR,     GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // An earlier result needs a second person; the narrower reading asks for it at every correction.
    row(R::Event, A::Change, two(Two::CorrectEvent), [OGR,   GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Event, A::Approve, AGAIN,               [NO,      GAS_F, ALL_F,  NO,     ASS_F,   NO,     NO,     NO,     NO]),
    row(R::Lock, A::List, PLAIN,                   [OGR_F,   GRA_F, ALL_F,  NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    // A lock needs typed confirmation and a second person.
    row(R::Lock, A::Create, two(Two::CreateLock),  [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // The bypass of a governance lock is permission + explicit flag + reason + second person.
    row(R::Lock, A::Release, two(Two::BypassLock), [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Lock, A::Approve, AGAIN,                [NO,      GAS_F, ALL_F,  NO,     ASS_F,   NO,     NO,     NO,     NO]),

    // ── Disposition ──
    // Reviewer (decides without reading content). The policy names the approvers' roles and so assigns them.
    row(R::Disposition, A::List, PLAIN,            [OGR_F,   GAS_F, ALL_F,  NO,     ASS_F,   ALL_F,  NO,     ASS_F,  NO]),
    row(R::Disposition, A::Read, PLAIN,            [OGR_F,   GAS_F, ALL_F,  NO,     ASS_F,   ALL_F,  NO,     ASS_F,  NO]),
    row(R::Disposition, A::Create, PLAIN,          [OGR_F,   NO,    ALL_F,  NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Disposition, A::Approve, AGAIN,         [NO,      GAS_F, ALL_F,  NO,     ASS_F,   NO,     NO,     NO,     NO]),
    row(R::Disposition, A::Destroy, two(Two::Destroy), [OGR_F, NO,  ALL_F,  NO,     NO,      NO,     NO,     NO,     NO]),
    // 监销人 attend and sign; who attends is named for each batch.
    row(R::Disposition, A::Witness, AGAIN,         [NO,      NO,    NO,     NO,     NO,      NO,     NO,     ASS_F,  NO]),

    // ── Ledger ──
    // Auditor (ledger and reports, no content). Entries hold opaque ids only, but they tell who read what:
    // others see the entries of what they see, administrators none.
    row(R::Ledger, A::List, PLAIN,                 [NO,      GRA_F, ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::Ledger, A::Read, PLAIN,                 [NO,      GRA_F, ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     NO]),
    // The whole ledger with its entries leaves the archive: for those who may read every entry.
    row(R::Ledger, A::Download, AGAIN,             [NO,      NO,    ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     NO]),
    // Outsiders verify without trusting us; checkpoints and the tree name nothing.
    row(R::Checkpoint, A::Read, PLAIN,             [ALL_F,   ALL_F, ALL_F,  ALL_F,  ALL_F,   ALL_F,  ALL_F,  ALL_F,  ALL_F]),
    // Re-reading the whole archive costs its disks; it shows ids of what is wrong.
    row(R::Ledger, A::Verify, PLAIN,               [NO,      NO,    ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     ALL_F]),

    // ── Exports ──
    row(R::Export, A::List, PLAIN,                 [NO,      GAS,   ALL,    NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    row(R::Export, A::Read, PLAIN,                 [NO,      GAS,   ALL,    NO,     ASS_F,   ALL_F,  NO,     NO,     NO]),
    // Evidence and transfer are legal's, data-subject copies are privacy's; both work on what they can see.
    row(R::Export, A::Create, AGAIN,               [NO,      GRA_R, ALL_R,  NO,     NO,      NO,     NO,     NO,     NO]),
    // Export originals (as long as no second eligible person exists, … marked *not countersigned*).
    row(R::Export, A::CreateWithOriginals, Needs { purpose: true, ..two(Two::ExportOriginals) },
                                                   [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Export, A::Download, AGAIN,             [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Export, A::Deliver, PLAIN,              [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Export, A::Cancel, PLAIN,               [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Export, A::Approve, AGAIN,              [NO,      GAS,   ALL,    NO,     ASS_F,   NO,     NO,     NO,     NO]),

    // ── Teaching ──
    // The trainer sees type tags, a second reader with the reading right and a purpose real values.
    row(R::TeachingDraft, A::List, PLAIN,          [NO,      GRA_R, ALL_R,  OWN_R,  NO,      NO,     NO,     NO,     NO]),
    row(R::TeachingDraft, A::Read, PLAIN,          [NO,      GRA_R, ALL_R,  OWN_R,  NO,      NO,     NO,     NO,     NO]),
    row(R::TeachingDraft, A::Create, PLAIN,        [NO,      NO,    NO,     GRA_R,  NO,      NO,     NO,     NO,     NO]),
    row(R::TeachingDraft, A::Change, PLAIN,        [NO,      NO,    NO,     OWN_R,  NO,      NO,     NO,     NO,     NO]),
    row(R::TeachingDraft, A::LeakReview, PURPOSE,  [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // That reader's sign-off: nothing is published that the trainer alone has seen.
    row(R::TeachingDraft, A::Publish, two(Two::PublishTeachingCase), [NO, NO, NO, OWN_R, NO, NO,     NO,     NO,     NO]),
    row(R::TeachingDraft, A::Approve, AGAIN,       [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    // Service (own team's records and approved teaching cases, redacted); the library 知识库.
    row(R::TeachingCase, A::List, PLAIN,           [NO,      ALL_R, ALL_R,  ALL_R,  NO,      NO,     ALL_R,  NO,     NO]),
    row(R::TeachingCase, A::Read, PLAIN,           [NO,      ALL_R, ALL_R,  ALL_R,  NO,      NO,     ALL_R,  NO,     NO]),
    row(R::TeachingCase, A::Download, AGAIN,       [NO,      NO,    ALL_R,  ALL_R,  NO,      NO,     NO,     NO,     NO]),
    row(R::TeachingCase, A::Recall, PLAIN,         [NO,      NO,    ALL_R,  OWN_R,  NO,      NO,     NO,     NO,     NO]),

    // ── Personal information ──
    // Re-identify needs two persons; re-identification is role-gated and in the ledger.
    row(R::Identity, A::Reveal, Needs { purpose: true, ..two(Two::ReIdentify) },
                                                   [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Identity, A::Approve, AGAIN,            [NO,      GAS,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::SubjectRequest, A::List, PLAIN,         [NO,      GRA,   ALL,    NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::SubjectRequest, A::Read, PLAIN,         [NO,      GRA,   ALL,    NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::SubjectRequest, A::Create, PLAIN,       [NO,      NO,    ALL,    NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::SubjectRequest, A::Change, PLAIN,       [NO,      NO,    ALL,    NO,     NO,      NO,     NO,     NO,     NO]),

    // ── Search ──
    // `content` is built from redacted text and open to every role that may search; searching for roles without
    // content would show them content by its hits. Snippets are redacted to the reader's level.
    row(R::SearchContent, A::List, PLAIN,          [OGR_R,   GRA_R, ALL_R,  GRA_R,  NO,      NO,     GRA_R,  NO,     NO]),
    // `subject` is open to legal and privacy roles only.
    row(R::SearchSubject, A::List, PLAIN,          [NO,      GRA,   ALL,    NO,     NO,      NO,     NO,     NO,     NO]),

    // ── Reports and sources ──
    // Teams, never individuals. Counts cover what the reader sees (counts, facets … too).
    row(R::Report, A::List, PLAIN,                 [OGR_F,   GRA_F, ALL_F,  GRA_F,  NO,      ALL_F,  GRA_F,  NO,     NO]),
    row(R::Report, A::Read, PLAIN,                 [OGR_F,   GRA_F, ALL_F,  GRA_F,  NO,      ALL_F,  GRA_F,  NO,     NO]),
    row(R::Feed, A::List, PLAIN,                   [ALL,     NO,    NO,     NO,     NO,      ALL_F,  NO,     NO,     NO]),
    row(R::Feed, A::Create, PLAIN,                 [ALL,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),
    row(R::Feed, A::Change, PLAIN,                 [ALL,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     NO]),

    // ── Users and access ──
    // Administrator (users and keys, no content). Legal and privacy pick people by name for matters and grants.
    row(R::User, A::List, PLAIN,                   [NO,      ALL_F, ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     ALL]),
    row(R::User, A::Read, PLAIN,                   [NO,      ALL_F, ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     ALL]),
    row(R::User, A::Create, AGAIN,                 [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    // Names, states and roles; nobody changes the own roles (decide.rs).
    row(R::User, A::Change, AGAIN,                 [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    // Lost TOTP and leavers are handled by two administrators. A password set by an administrator would let him
    // act as that person, so it is under the same rule.
    row(R::User, A::Reset, two(Two::ResetCredentials), [NO,  NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    row(R::User, A::Remove, two(Two::RemoveUser),  [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    // Requester ≠ approver. Who alone could make the second person would be both: whoever may approve anything
    // is appointed by two administrators, as soon as there are two.
    row(R::User, A::Appoint, two(Two::Appoint),    [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    row(R::User, A::Approve, AGAIN,                [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL]),
    // Grants are per case or matter. Counsel choose the people of their matters. An administrator grants by
    // id, without seeing what the id stands for.
    row(R::Grant, A::List, PLAIN,                  [NO,      GRA_F, ALL_F,  NO,     NO,      ALL_F,  NO,     NO,     ALL_F]),
    row(R::Grant, A::Create, AGAIN,                [NO,      GRA_F, ALL_F,  NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Grant, A::Remove, PLAIN,                [NO,      GRA_F, ALL_F,  NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Account, A::Read, PLAIN,                [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    OWN]),
    row(R::Account, A::Change, AGAIN,              [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    OWN]),
    // Sessions are listable, revocable: one's own by everybody, all by administrators.
    row(R::Session, A::List, PLAIN,                [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    ALL]),
    row(R::Session, A::Remove, PLAIN,              [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    ALL]),
    row(R::Token, A::List, PLAIN,                  [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    ALL]),
    // A token acts as its owner: an administrator who could make one for an archivist would see content.
    row(R::Token, A::Create, AGAIN,                [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    OWN]),
    row(R::Token, A::Remove, PLAIN,                [OWN,     OWN,   OWN,    OWN,    OWN,     OWN,    OWN,    OWN,    ALL]),
    row(R::Approval, A::List, PLAIN,               [OAS_F,   OAS_F, ALL_F,  OAS_F,  OAS_F,   ALL_F,  OAS_F,  OAS_F,  OAS_F]),
    row(R::Approval, A::Read, PLAIN,               [OAS_F,   OAS_F, ALL_F,  OAS_F,  OAS_F,   ALL_F,  OAS_F,  OAS_F,  OAS_F]),
    // One takes back what one asked for.
    row(R::Approval, A::Cancel, PLAIN,             [OWN_F,   OWN_F, OWN_F,  OWN_F,  OWN_F,   OWN_F,  OWN_F,  OWN_F,  OWN_F]),
    // An approver may name a deputy: those who hold an Approve cell above.
    row(R::Approval, A::Depute, AGAIN,             [NO,      OWN_F, OWN_F,  NO,     OWN_F,   NO,     NO,     NO,     OWN_F]),

    // ── Keys and operation ──
    row(R::Keys, A::Read, PLAIN,                   [NO,      NO,    NO,     NO,     NO,      ALL_F,  NO,     NO,     ALL_F]),
    row(R::Keys, A::Rotate, AGAIN,                 [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Keys, A::TurnEpoch, AGAIN,              [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    // Recover keys by two persons.
    row(R::Keys, A::Recover, two(Two::RecoverKeys), [NO,     NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Keys, A::Approve, AGAIN,                [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    // After a loss two people start a new log origin.
    row(R::Ledger, A::Recover, two(Two::NewLogOrigin), [NO,  NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Ledger, A::Approve, AGAIN,              [NO,      NO,    ALL_F,  NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Backup, A::List, PLAIN,                 [NO,      NO,    NO,     NO,     NO,      ALL_F,  NO,     NO,     ALL_F]),
    // Backups hold only what is sealed: no content passes an administrator's eyes.
    row(R::Backup, A::Create, PLAIN,               [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::Backup, A::Restore, AGAIN,              [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    // Jobs … too: one sees the jobs one started; administrators see that jobs run and fail, by id.
    row(R::Job, A::List, PLAIN,                    [OWN_F,   OWN_F, OWN_F,  OWN_F,  OWN_F,   OWN_F,  OWN_F,  OWN_F,  ALL_F]),
    row(R::Job, A::Read, PLAIN,                    [OWN_F,   OWN_F, OWN_F,  OWN_F,  OWN_F,   OWN_F,  OWN_F,  OWN_F,  ALL_F]),
    row(R::Job, A::Cancel, PLAIN,                  [OWN_F,   OWN_F, OWN_F,  OWN_F,  OWN_F,   OWN_F,  OWN_F,  OWN_F,  ALL_F]),
    row(R::System, A::Read, PLAIN,                 [NO,      NO,    NO,     NO,     NO,      ALL_F,  NO,     NO,     ALL_F]),
    row(R::System, A::Change, AGAIN,               [NO,      NO,    NO,     NO,     NO,      NO,     NO,     NO,     ALL_F]),
    // After a jump of the clock until two people confirm.
    row(R::System, A::ConfirmClock, two(Two::ConfirmClock), [NO, NO, NO,    NO,     NO,      NO,     NO,     NO,     ALL_F]),
    row(R::System, A::Approve, AGAIN,              [NO,      NO,    ALL_F,  NO,     ALL_F,   NO,     NO,     NO,     ALL_F]),
];
