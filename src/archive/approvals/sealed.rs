//! A request as it lies in the database: facts in its row, what exactly and why in a sealed cell.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::rights::Target;
use crate::access::two_person::{Approval, ApprovalState, RequestDigest, TwoPersonAction};
use crate::base::id::{ApprovalId, CaseId, MatterId, UserId};
use crate::ledger::entry::EntryKind;
use crate::seal::Keyring;
use crate::store::rows::approvals::{self, ApprovalRow, ApprovalState as RowState};
use crate::store::{Conn, StoreError};

use crate::archive::cases::evidence::Opening;
use crate::archive::cells::{self, REQUEST, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, worded};

/// What is sealed of a request.
pub(super) struct Sealed {
    pub parameters: Value,
    pub reason: String,
    /// Whom the requester named to decide.
    pub approver: Option<UserId>,
    /// What it is about, as the permission table sees it.
    target: Target,
}

/// A request, read and opened.
pub(super) struct Loaded {
    pub approval: Approval,
    pub sealed: Sealed,
}

impl Sealed {
    pub(super) fn new(parameters: Value, reason: String, approver: Option<UserId>, target: Target) -> Self {
        Self { parameters, reason, approver, target }
    }

    /// What it is about, with one person's eyes: whom the request names is its approver.
    pub(super) fn target_for(&self, person: UserId) -> Target {
        Target { assigned: self.approver == Some(person), ..self.target.clone() }
    }

    pub(super) fn seal(
        &self,
        inner: &Arc<Inner>,
        keys: &Keyring,
        id: ApprovalId,
    ) -> Result<SealedProfile, Refusal> {
        let target = &self.target;
        let json = json!({
            "approver": self.approver.map(|user| user.to_string()),
            "cases": target.cases.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "confidential": target.confidential,
            "made_by": target.made_by.map(|user| user.to_string()),
            "matters": target.matters.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "parameters": self.parameters,
            "reason": self.reason,
            "restricted": target.restricted,
        });
        cells::seal_profile(inner, keys, &id.to_string(), REQUEST, &json)
    }

    fn parse(json: &Value) -> Option<Self> {
        let user = |key: &str| match json.get(key)? {
            Value::Null => Some(None),
            value => UserId::parse(value.as_str()?).ok().map(Some),
        };
        let ids = |key: &str| -> Option<Vec<&str>> {
            json.get(key)?.as_array()?.iter().map(Value::as_str).collect()
        };
        let target = Target {
            cases: ids("cases")?.into_iter().map(|id| CaseId::parse(id).ok()).collect::<Option<_>>()?,
            matters: ids("matters")?.into_iter().map(|id| MatterId::parse(id).ok()).collect::<Option<_>>()?,
            made_by: user("made_by")?,
            restricted: json.get("restricted")?.as_bool()?,
            confidential: json.get("confidential")?.as_bool()?,
            ..Target::default()
        };
        Some(Self {
            parameters: json.get("parameters")?.clone(),
            reason: json.get("reason")?.as_str()?.to_owned(),
            approver: user("approver")?,
            target,
        })
    }
}

impl Loaded {
    /// Reads a request.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn get(
        opening: Opening<'_>,
        conn: &mut Conn,
        id: ApprovalId,
    ) -> Result<Option<Self>, Refusal> {
        match approvals::get(conn, id)? {
            None => Ok(None),
            Some(row) => Self::open(opening, conn, row).map(Some),
        }
    }

    /// Opens a request that was read, and checks that its words are those that were asked with: they say not
    /// only why, but also who may decide.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if they are others, or the ledger cannot be read.
    pub(super) fn open(
        (keys, ledger): Opening<'_>,
        conn: &mut Conn,
        row: ApprovalRow,
    ) -> Result<Self, Refusal> {
        let (id, kind) = (row.id.to_string(), EntryKind::ApprovalRequested);
        let approval = of_row(row)?;
        let asked = worded::beginning(ledger, conn, (&id, kind), Thing::Approval)?;
        let said = worded::commitment_in(&asked.facts, "request");
        let json = cells::profile_as(keys, conn, (&id, REQUEST), said, Thing::Approval)?;
        let sealed = Sealed::parse(&json).ok_or(Refusal::Damaged(Thing::Approval))?;
        let digest = RequestDigest::of(approval.action, &approval.subject, &sealed.parameters);
        if digest != approval.digest {
            return Err(Refusal::Damaged(Thing::Approval));
        }
        Ok(Self { approval, sealed })
    }
}

/// A row in the words of the rule.
pub(super) fn of_row(row: ApprovalRow) -> Result<Approval, Refusal> {
    let corrupt = |why: &str| {
        Refusal::Store(StoreError::Corrupt {
            table: "approvals",
            id: row.id.to_string(),
            why: why.to_owned(),
        })
    };
    let action = TwoPersonAction::parse(&row.action).ok_or_else(|| corrupt("action: an unknown word"))?;
    let decided = row.decided_by.zip(row.decided_at);
    let state = match (row.state, decided) {
        (RowState::Waiting, None) => ApprovalState::Waiting,
        (RowState::Approved, Some((by, at))) => ApprovalState::Approved { by, at },
        (RowState::Refused, Some((by, at))) => ApprovalState::Refused { by, at },
        (RowState::Used, Some((by, at))) => ApprovalState::Used { by, at },
        (RowState::Expired, _) => ApprovalState::Expired,
        (RowState::Waiting, Some(_)) | (RowState::Approved | RowState::Refused | RowState::Used, None) => {
            return Err(corrupt("state: does not fit who decided"));
        }
    };
    Ok(Approval {
        id: row.id,
        action,
        subject: row.subject,
        digest: RequestDigest::from_digest(row.request_digest),
        requested_by: row.requested_by,
        requested_at: row.requested_at,
        expires_at: row.expires_at,
        state,
    })
}
