//! The life of a version of a policy: `draft → reviewed → published → superseded → retired`.

crate::base::words::words! {
    /// Where a version stands.
    LifeStage {
        /// Being written; judges nothing.
        Draft = "draft",
        /// Looked at by those concerned.
        Reviewed = "reviewed",
        /// In force; never changed again.
        Published = "published",
        /// A later version is published; its floors may live on as residual obligations.
        Superseded = "superseded",
        /// No record stands under it any more.
        Retired = "retired",
    }
}

/// A step, with what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeStep {
    /// From where.
    pub from: LifeStage,
    /// To where.
    pub to: LifeStage,
    /// True if somebody else than the author has to take part.
    pub second_person: bool,
    /// True if the hash of a simulation against the archive of today has to be given.
    pub simulation: bool,
}

/// The steps that there are.
const STEPS: [LifeStep; 5] = [
    step(LifeStage::Draft, LifeStage::Reviewed, false, false),
    step(LifeStage::Reviewed, LifeStage::Draft, false, false),
    step(LifeStage::Reviewed, LifeStage::Published, true, true),
    step(LifeStage::Published, LifeStage::Superseded, false, false),
    step(LifeStage::Superseded, LifeStage::Retired, true, false),
];

const fn step(from: LifeStage, to: LifeStage, second_person: bool, simulation: bool) -> LifeStep {
    LifeStep { from, to, second_person, simulation }
}

/// A step that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version that is {} does not become {}", from.as_str(), to.as_str())]
pub struct NotNext {
    /// Where it stands.
    pub from: LifeStage,
    /// Where it was to go.
    pub to: LifeStage,
    /// Where it may go.
    pub allowed: Vec<LifeStage>,
}

impl LifeStage {
    /// What it takes to go on to `to`.
    ///
    /// # Errors
    /// There is no such step.
    pub fn step_to(self, to: Self) -> Result<LifeStep, NotNext> {
        let from_here = || STEPS.into_iter().filter(move |step| step.from == self);
        from_here().find(|step| step.to == to).ok_or_else(|| NotNext {
            from: self,
            to,
            allowed: from_here().map(|step| step.to).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_needs_a_second_person_and_a_simulation() {
        let step = LifeStage::Reviewed.step_to(LifeStage::Published).unwrap();
        assert!(step.second_person && step.simulation);
    }

    #[test]
    fn a_published_version_is_never_a_draft_again() {
        let refused = LifeStage::Published.step_to(LifeStage::Draft).unwrap_err();
        assert_eq!(refused.allowed, [LifeStage::Superseded]);
        assert!(LifeStage::Draft.step_to(LifeStage::Published).is_err());
        assert!(LifeStage::Retired.step_to(LifeStage::Draft).is_err());
    }
}
