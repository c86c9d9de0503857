//! Landlock: no file and no port can be opened any more, whoever asks.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, LandlockStatus, RestrictionStatus,
    Ruleset, RulesetAttr as _, RulesetError, RulesetStatus, Scope,
};

/// The newest edition whose rights are named here; an older kernel keeps those that it knows.
const EDITION: ABI = ABI::V6;

/// Gives up all files, ports, and signals to others; the edition that the kernel keeps, 0 for none.
pub(super) fn give_up() -> u8 {
    match restricted() {
        Ok(RestrictionStatus { ruleset: RulesetStatus::NotEnforced, .. }) | Err(_) => 0,
        Ok(RestrictionStatus { landlock, .. }) => edition(&landlock),
    }
}

fn restricted() -> Result<RestrictionStatus, RulesetError> {
    // No rule is added: whatever is handled is denied.
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(EDITION))?
        .handle_access(AccessNet::from_all(EDITION))?
        .scope(Scope::from_all(EDITION))?
        .create()?
        .restrict_self()
}

fn edition(status: &LandlockStatus) -> u8 {
    match status {
        LandlockStatus::Available { effective_abi, .. } => (*effective_abi as i32).try_into().unwrap_or(1),
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => 0,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_given_up_cannot_be_opened() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let own = std::thread::spawn(move || {
            let before = std::fs::read(&path).is_ok();
            let edition = super::give_up();
            (before, edition, std::fs::read(&path).map_err(|error| error.kind()))
        });
        let (before, edition, after) = own.join().unwrap();
        assert!(before);
        match edition {
            0 => println!("this kernel has no Landlock"),
            _ => assert_eq!(after, Err(std::io::ErrorKind::PermissionDenied)),
        }
        assert!(std::fs::read(file.path()).is_ok(), "other threads keep what they have");
    }
}
