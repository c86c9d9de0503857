//! Which profiles hide for whom: nobody chooses one that shows him more than his role reads.

use crate::access::role::Role;
use crate::archive::caller::Caller;
use crate::archive::records::hiding::{EMBEDDED, EMBEDDED_PATTERN};
use crate::archive::refusal::Refusal;
use crate::record::request::{Fault, FaultCode};
use crate::redaction::Policy;

/// The profiles that hide, for those who may read the original; the first where none is named.
const PROFILES: &[&str] = &["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"];
/// Those for readers of redacted text.
const PROFILES_REDACTED: &[&str] = &["opposing-party", "teaching", "hipaa-safe-harbor"];
/// Those for trainers: nobody is named in them, customers neither.
const PROFILES_TRAINER: &[&str] = &["teaching"];
/// The profiles at the level of a reader.
pub(super) fn profiles_for(caller: &Caller, is_redacted: bool) -> &'static [&'static str] {
    let others = [Role::Archivist, Role::Legal, Role::PrivacyOfficer, Role::Service];
    match is_redacted {
        false => PROFILES,
        true if others.iter().any(|role| caller.rights().roles.has(*role)) => PROFILES_REDACTED,
        true => PROFILES_TRAINER,
    }
}

/// The profile that was asked for, of those that the reader may have.
pub(super) fn policy(asked: Option<&str>, allowed: &'static [&'static str]) -> Result<Policy, Refusal> {
    let name = asked.or(allowed.first().copied()).unwrap_or_default();
    let policy = allowed.contains(&name).then(|| Policy::shipped(name)).flatten();
    let policy = policy.and_then(|policy| policy.and(EMBEDDED, EMBEDDED_PATTERN).ok());
    policy.ok_or_else(|| {
        let code = FaultCode::UnknownWord { allowed };
        Refusal::Faults(vec![Fault { path: "profile".to_owned(), code }])
    })
}
