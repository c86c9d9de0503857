//! Links between records: who allowed what, what was done under it, what confirms it.

use crate::base::id::RecordId;

use super::kind::Kind;

closed_words! {
    /// How one record relates to another; read from the first to the second.
    pub enum LinkKind {
        /// An authorization authorises what another record records.
        Authorises = "authorises" | "authorizes" | "授权",
        /// Processing or service was performed under an authorization.
        PerformedUnder = "performed_under" | "依据" | "依據授權",
        /// A delivery confirmation confirms what another record records.
        Confirms = "confirms" | "确认",
        /// A record corrects another, which stays as it is.
        Corrects = "corrects" | "更正",
        /// A record answers another: a reply to a complaint or a consultation.
        Answers = "answers" | "答复" | "回复" | "回覆",
        /// A record was made from another, which stays as it is: a redacted copy.
        DerivedFrom = "derived_from" | "派生自" | "衍生自",
    }
}

/// One link from the record that is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// What it says.
    pub kind: LinkKind,
    /// The record at the other end.
    pub to: RecordId,
}

/// A link whose ends do not fit its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// Records of this kind have no such links.
    #[error("a record of this kind cannot have this link")]
    From,
    /// No such link leads to records of this kind.
    #[error("this link cannot lead to a record of this kind")]
    To,
}

impl LinkKind {
    /// True if a record of `kind` may have this link.
    pub const fn may_come_from(self, kind: Kind) -> bool {
        match self {
            Self::Authorises => matches!(kind, Kind::Authorization),
            Self::PerformedUnder => !matches!(kind, Kind::Authorization),
            Self::Confirms => matches!(kind, Kind::DeliveryConfirmation),
            Self::Corrects => true,
            Self::Answers => matches!(kind, Kind::ServiceRecord(_) | Kind::DeliveryConfirmation),
            // A copy of an authorization allows nothing, and one of a confirmation confirms nothing.
            Self::DerivedFrom => matches!(kind, Kind::ServiceRecord(_)),
        }
    }

    /// True if this link may lead to a record of `kind`.
    pub const fn may_lead_to(self, kind: Kind) -> bool {
        match self {
            Self::PerformedUnder => matches!(kind, Kind::Authorization),
            Self::Answers => matches!(kind, Kind::ServiceRecord(_)),
            Self::Authorises | Self::Confirms | Self::Corrects | Self::DerivedFrom => true,
        }
    }

    /// Checks both ends.
    pub const fn check(self, from: Kind, to: Kind) -> Result<(), BadLink> {
        if !self.may_come_from(from) {
            Err(BadLink::From)
        } else if !self.may_lead_to(to) {
            Err(BadLink::To)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kind::Subkind;

    #[test]
    fn only_authorizations_authorise_and_only_deliveries_confirm() {
        for kind in Kind::all() {
            assert_eq!(LinkKind::Authorises.may_come_from(kind), kind == Kind::Authorization);
            assert_eq!(LinkKind::Confirms.may_come_from(kind), kind == Kind::DeliveryConfirmation);
            assert!(LinkKind::Corrects.check(kind, kind).is_ok());
        }
    }

    #[test]
    fn work_is_performed_under_an_authorization_and_nothing_else() {
        assert_eq!(LinkKind::PerformedUnder.check(Kind::ProcessingLog, Kind::Authorization), Ok(()));
        assert_eq!(
            LinkKind::PerformedUnder.check(Kind::ProcessingLog, Kind::ProcessingLog),
            Err(BadLink::To)
        );
        assert_eq!(
            LinkKind::PerformedUnder.check(Kind::Authorization, Kind::Authorization),
            Err(BadLink::From)
        );
    }

    #[test]
    fn a_copy_of_anything_is_a_record_of_a_service_and_takes_nothing_s_place() {
        for kind in Kind::all() {
            let fits = LinkKind::DerivedFrom.check(kind, Kind::Authorization);
            assert_eq!(fits.is_ok(), matches!(kind, Kind::ServiceRecord(_)), "{kind:?}");
            assert!(LinkKind::DerivedFrom.may_lead_to(kind));
        }
    }

    #[test]
    fn a_reply_answers_a_complaint() {
        let (chat, complaint) = (Kind::ServiceRecord(Subkind::Chat), Kind::ServiceRecord(Subkind::Complaint));
        assert_eq!(LinkKind::Answers.check(chat, complaint), Ok(()));
        assert_eq!(LinkKind::Answers.check(chat, Kind::Authorization), Err(BadLink::To));
    }
}
