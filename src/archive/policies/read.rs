//! Policies as they stand, held against the ledger's last words before anything is done by them.

use std::sync::Arc;

use crate::archive::Inner;
use crate::archive::bound::{self, Bound};
use crate::archive::cells::{self, POLICY};
use crate::archive::last_words::Claim;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::secret::SecretBytes;
use crate::policy::{LifeStage, Policy, RuleId};
use crate::store::rows::cells::{self as cell_rows, CellRow};
use crate::store::rows::policies::{self, PolicyReviewRow, PolicyRow, PolicyVersionRow};
use crate::store::{Conn, Tx};

/// A policy with its versions and reviews, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shelf {
    pub policy: PolicyRow,
    pub versions: Vec<PolicyVersionRow>,
    pub reviews: Vec<PolicyReviewRow>,
}

impl Shelf {
    /// The version of a number.
    pub(super) fn version(&self, number: u32) -> Option<&PolicyVersionRow> {
        self.versions.iter().find(|version| version.version == number)
    }

    /// The version that is published and not superseded.
    pub(super) fn published(&self) -> Option<&PolicyVersionRow> {
        self.versions.iter().find(|version| version.stage == LifeStage::Published)
    }

    fn read(conn: &mut Conn, policy: PolicyRow) -> Result<Self, Refusal> {
        let versions = policies::versions_of(conn, &policy.id)?;
        // How many there are is bound with the policy.
        if versions.len() as u64 != u64::from(policy.versions) {
            return Err(amiss());
        }
        let reviews = policies::reviews_of(conn, &policy.id)?;
        Ok(Self { policy, versions, reviews })
    }

    fn bounds(&self) -> impl Iterator<Item = (Bound, Digest)> {
        let policy = (Bound::Policy(self.policy.id.clone()), self.policy.fingerprint());
        let versions = self.versions.iter().map(|row| (Bound::PolicyVersion(row.id), row.fingerprint()));
        let reviews = self.reviews.iter().map(|row| (Bound::PolicyReview(row.id), row.fingerprint()));
        std::iter::once(policy).chain(versions).chain(reviews)
    }
}

fn amiss() -> Refusal {
    tracing::error!("the versions of a policy are not those that were entered: run muniment verify");
    Refusal::Damaged(Thing::Policy)
}

/// What the last word about a row of a policy has to say.
pub(super) fn claim(bound: &Bound, digest: Option<Digest>) -> Claim {
    Claim::Row { thing: Thing::Policy, address: bound.address(), digest }
}

/// The claim about the words of a review, a suggestion or an evaluation, as they stand.
pub(super) fn claim_of_words(conn: &mut Conn, owner: &str) -> Result<Claim, Refusal> {
    claim_of_cell(conn, owner, cells::PROFILE)
}

/// The same of another part of an owner's.
pub(super) fn claim_of_cell(conn: &mut Conn, owner: &str, part: &'static str) -> Result<Claim, Refusal> {
    let row = cell_rows::get(conn, owner, part)?;
    let digest = row.as_ref().map(bound::of_cell_as_read);
    Ok(claim(&Bound::cell(owner, part), digest))
}

/// Every policy, with what the ledger has to say of them.
pub(super) fn all(conn: &mut Conn) -> Result<(Vec<Shelf>, Vec<Claim>), Refusal> {
    let rows = policies::all(conn)?;
    let mut claims = vec![claim(&Bound::Policies, bound::of_policies(&rows))];
    let mut shelves = Vec::with_capacity(rows.len());
    for row in rows {
        let shelf = Shelf::read(conn, row)?;
        claims.extend(shelf.bounds().map(|(bound, digest)| claim(&bound, Some(digest))));
        shelves.push(shelf);
    }
    Ok((shelves, claims))
}

/// One policy likewise; `None` if there is none of that id.
pub(super) fn one(conn: &mut Conn, id: &RuleId) -> Result<(Option<Shelf>, Vec<Claim>), Refusal> {
    let Some(row) = policies::get(conn, id)? else {
        // It may have been taken away: then all of them together are not as they were.
        let digest = bound::of_policies(&policies::all(conn)?);
        return Ok((None, vec![claim(&Bound::Policies, digest)]));
    };
    let shelf = Shelf::read(conn, row)?;
    let claims = shelf.bounds().map(|(bound, digest)| claim(&bound, Some(digest))).collect();
    Ok((Some(shelf), claims))
}

impl Inner {
    /// Every policy inside a write, entries of the same transaction counted.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is not as the ledger says, or missing.
    pub(super) fn shelves_within(&self, tx: &mut Tx<'_>) -> Result<Vec<Shelf>, Refusal> {
        self.must_be_vouched(tx, &Bound::Policies, Thing::Policy)?;
        let rows = policies::all(tx.conn())?;
        rows.into_iter().map(|row| self.vouched_shelf(tx, row)).collect()
    }

    /// One policy inside a write; `None` if there is none of that id.
    ///
    /// # Errors
    /// As [`Self::shelves_within`].
    pub(super) fn shelf_within(&self, tx: &mut Tx<'_>, id: &RuleId) -> Result<Option<Shelf>, Refusal> {
        self.must_be_vouched(tx, &Bound::Policies, Thing::Policy)?;
        match policies::get(tx.conn(), id)? {
            Some(row) => self.vouched_shelf(tx, row).map(Some),
            None => Ok(None),
        }
    }

    fn vouched_shelf(&self, tx: &mut Tx<'_>, row: PolicyRow) -> Result<Shelf, Refusal> {
        let shelf = Shelf::read(tx.conn(), row)?;
        let bounds: Vec<Bound> = shelf.bounds().map(|(bound, _)| bound).collect();
        for bound in bounds {
            self.must_be_vouched(tx, &bound, Thing::Policy)?;
        }
        Ok(shelf)
    }

    /// What a version says: its sealed text, which has the hash that the row names.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it does not.
    pub(super) fn policy_text(
        &self,
        conn: &mut Conn,
        version: &PolicyVersionRow,
    ) -> Result<Arc<Policy>, Refusal> {
        if let Some(known) = self.policies.get(version.hash) {
            return Ok(known);
        }
        let damaged = || {
            tracing::error!(version = %version.id, "its text is not what its hash says: run muniment verify");
            Refusal::Damaged(Thing::Policy)
        };
        let row = cell_rows::get(conn, &version.id.to_string(), POLICY)?.ok_or_else(damaged)?;
        let text = cells::open(&self.keys(), &row, Thing::Policy)?;
        if Digest::of(text.expose()) != version.hash {
            return Err(damaged());
        }
        let json = serde_json::from_slice(text.expose()).map_err(|_| damaged())?;
        let policy = Policy::from_canonical(&json).map_err(|_| damaged())?;
        if policy.id != version.policy_id || policy.version != version.version {
            return Err(damaged());
        }
        let policy = Arc::new(policy);
        self.policies.keep(version.hash, &policy);
        Ok(policy)
    }

    /// Seals what a version says.
    pub(super) fn seal_policy(&self, version: &PolicyVersionRow, text: &[u8]) -> Result<CellRow, Refusal> {
        let plain = SecretBytes::new(text.to_vec());
        cells::seal(self, &self.keys(), &version.id.to_string(), POLICY, &plain, 0)
    }
}
