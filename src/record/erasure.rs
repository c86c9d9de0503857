//! Why entries of a bulk log are erased: a closed list, because the reason stands in the ledger for ever.

use crate::base::words::words;

words! {
    /// Why entries were erased. More words about it are sealed.
    ErasureReason {
        /// The person whom they are about asked for it (个人信息主体请求删除).
        DataSubjectRequest = "data_subject_request",
        /// The consent on which they rested was withdrawn (撤回同意).
        ConsentWithdrawn = "consent_withdrawn",
        /// They should never have been captured (误采集).
        WronglyCaptured = "wrongly_captured",
        /// A court ordered it (法院裁判).
        CourtOrder = "court_order",
        /// An authority ordered it (监管机关要求).
        AuthorityOrder = "authority_order",
    }
}
