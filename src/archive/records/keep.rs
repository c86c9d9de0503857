//! Keeps a redacted rendition (留存遮盖副本): as a record of its own that is linked with the one that it was made
//! from, lies in the same case and has a category of its own, so that rules of its own may hold for it.
//!
//! The entry about the source names the record and the component that were made of it, in the same transaction as the
//! capture: that a copy came about in here, by which profile, is shown by the ledger and not by what somebody
//! says. What cannot be redacted with proof may be stood for by a slip sheet, which says so and nothing else.

use serde_json::{Value, json};

use super::hiding::{Hidden, Unmade};
use super::pseudonyms::Numbers;
use super::rendition::{Entering, Made, RenditionContent, RenditionRequest, ending_of, name_of, with};
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::origin::Origin;
use crate::archive::receipt::Receipt;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::stage::Declared;
use crate::archive::version::Draft;
use crate::record::lineage::LinkKind;
use crate::record::request::{Capture, CaptureDefaults, CaptureInput, ComponentInput, LinkInput};
use crate::seal::Keyring;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The category of what is kept.
const CATEGORY: &str = "derivative.redacted";
/// How often it is made anew because another rendition gave numbers in the same case meanwhile.
const TRIES: usize = 16;

/// What is to be kept.
pub struct KeepRequest {
    /// The rendition.
    pub of: RenditionRequest,
    /// True if a slip sheet shall stand for what is withheld.
    pub slip: bool,
    /// What holds for captures where nothing is said.
    pub defaults: CaptureDefaults,
}

/// What was kept.
pub struct Kept {
    /// The receipt of the record that holds the copy.
    pub receipt: Receipt,
    /// What was hidden: positions, types, rules, counts; nothing of a slip sheet.
    pub report: Option<Value>,
    /// Why a slip sheet was kept instead.
    pub withheld: Option<&'static str>,
    /// Position of the entry about the source.
    pub ledger_index: u64,
}

/// A file that is about to be kept.
struct File {
    bytes: Zeroizing<Vec<u8>>,
    name: String,
    media_type: &'static str,
    title: String,
    places: u64,
    report: Option<Value>,
    withheld: Option<&'static str>,
    numbers: Option<Numbers>,
}

impl Archive {
    /// Makes a redacted rendition and captures it as a record of its own.
    ///
    /// # Errors
    /// As [`Archive::redacted_rendition`] and [`Archive::capture`].
    pub fn keep_redacted(&self, caller: &Caller, request: &KeepRequest) -> Result<Kept, Refusal> {
        let (own, create) = (Target::of_user(caller.user()), (Action::Create, Resource::Record));
        let may = caller.warrant(create, Some(&own), Thing::Record, self.inner.now())?;
        let keys = self.inner.keys();
        let made = self.gather(caller, &request.of, &keys)?;
        let may = may.and(made.may.clone());
        for _ in 0..TRIES {
            match self.keep(caller, request, (&keys, &made), may.clone()) {
                Err(Refusal::Stale) => {}
                outcome => return outcome,
            }
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }

    /// [`Refusal::Stale`] if another rendition gave numbers in the case meanwhile.
    fn keep(
        &self,
        caller: &Caller,
        request: &KeepRequest,
        (keys, made): (&Keyring, &Made),
        may: Warrant,
    ) -> Result<Kept, Refusal> {
        let file = self.file(request, (keys, made))?;
        let capture = described(&file, made, &request.defaults)?;
        let staged = self.stage(&file.bytes, Declared::default())?;
        let component = staged.id();
        let draft = Draft::new(&self.inner, caller, capture, vec![staged], Origin::default());
        let also =
            [("kept", json!(draft.record().to_string())), ("kept_component", json!(component.to_string()))];
        let slip = file.withheld.map(|reason| ("slip", json!(reason)));
        let facts = with(made.facts(request.of.entry, file.places), also.into_iter().chain(slip));
        let entering =
            Entering { facts, record: made.record.id, actor: caller.actor(), numbers: file.numbers };
        let inner = Arc::clone(&self.inner);
        let written = self.inner.write_as(caller, may, move |tx, caller| {
            entering.enter(tx)?;
            draft.write(&inner, tx, caller)
        })?;
        self.inner.indexing.ring();
        self.inner.detection.ring();
        // The capture's own entry is the last one.
        let last = written.first_seq + written.count - 1;
        let receipt = written.value.acknowledge(last, written.checkpoint_size);
        let ledger_index = written.first_seq;
        Ok(Kept { receipt, report: file.report, withheld: file.withheld, ledger_index })
    }

    /// The copy, or the slip sheet in its place.
    fn file(&self, request: &KeepRequest, (keys, made): (&Keyring, &Made)) -> Result<File, Refusal> {
        let mut pseudonyms = self.pseudonyms_of(made, keys)?;
        let of = (made.record.id, &made.component);
        let Hidden { content, kind, places, report } = match self.hidden(made, &mut pseudonyms) {
            Ok(hidden) => hidden,
            // Who may read the original may get a copy where others do not: no slip stands for that.
            Err(Unmade { refusal: Refusal::Withheld(why), reason }) if request.slip && made.is_whole() => {
                let Some(why) = lasting(why) else { return Err(Refusal::Withheld(why)) };
                let reason = reason.unwrap_or(why);
                return Ok(File {
                    bytes: Zeroizing::new(slip_sheet(made, request.of.entry, (why, reason)).into_bytes()),
                    name: name_of(of, request.of.entry, "txt").replace(".redacted.", ".withheld."),
                    media_type: "text/plain",
                    title: "替代页 / 替代頁 / Slip sheet".to_owned(),
                    places: 0,
                    report: None,
                    withheld: Some(reason),
                    numbers: None,
                });
            }
            Err(unmade) => return Err(unmade.refusal),
        };
        let bytes = match content {
            RenditionContent::Bytes(bytes) => bytes,
            RenditionContent::Text(text) => {
                let coded = made.charset().encode(&text);
                Zeroizing::new(coded.unwrap_or_else(|| text.as_bytes().to_vec()))
            }
        };
        Ok(File {
            bytes,
            name: name_of(of, request.of.entry, ending_of(kind)),
            media_type: kind.media_type(),
            title: format!("遮盖副本 / 遮蔽副本 / Redacted copy ({})", made.policy.name),
            places,
            report: Some(report),
            withheld: None,
            numbers: pseudonyms.to_write(&self.inner, keys)?,
        })
    }
}

/// The word for why something is withheld; `None` if it may not be tomorrow.
const fn lasting(why: Withheld) -> Option<&'static str> {
    match why {
        Withheld::NoText => Some("no_text"),
        Withheld::Unproven => Some("unproven"),
        Withheld::TooLarge { .. } => Some("too_large"),
        Withheld::NotExamined | Withheld::NotOpened => None,
    }
}

/// The capture of a file: it names nobody, and no word of the source's is in it.
fn described(file: &File, made: &Made, defaults: &CaptureDefaults) -> Result<Capture, Refusal> {
    let record = &made.record;
    let input = CaptureInput {
        kind: Some("service_record".to_owned()),
        category: Some(CATEGORY.to_owned()),
        case: record.case_id.map(|case| case.to_string()),
        jurisdiction: Some(record.jurisdiction.clone()),
        occurred: Some(defaults.now.to_rfc3339()),
        title: Some(file.title.clone()),
        links: vec![LinkInput { kind: LinkKind::DerivedFrom.as_str().to_owned(), to: record.id.to_string() }],
        components: vec![ComponentInput {
            name: file.name.clone(),
            media_type: Some(file.media_type.to_owned()),
            ..ComponentInput::default()
        }],
        ..CaptureInput::default()
    };
    Capture::parse(&input, defaults).map_err(Refusal::Faults)
}

/// What stands in the place of a file that is withheld. It leaves the house, for readers whose language nobody
/// knows: it is in all three.
fn slip_sheet(made: &Made, entry: Option<u64>, (why, reason): (&str, &str)) -> String {
    let because = match why {
        "no_text" => {
            "无法可靠读出其中的文字，不能逐处遮盖 / 無法可靠讀出其中的文字，不能逐處遮蔽 / what it says cannot be read for certain, so it cannot be hidden place by place"
        }
        "too_large" => "超过可处理的大小 / 超過可處理的大小 / it is larger than what can be redacted",
        _ => "无法证明已全部遮盖 / 無法證明已全部遮蔽 / it could not be shown that everything is hidden",
    };
    let number = u64::from(made.component.ordinal) + 1;
    let part = entry.map_or_else(|| number.to_string(), |entry| format!("{number}, {}", entry + 1));
    format!(
        "不予提供 / 不予提供 / WITHHELD\n\n\
         档案 / 檔案 / record: {record}\n\
         文件 / 檔案 / file: {part}\n\
         版本 / 版本 / version: {version}\n\
         遮盖规则 / 遮蔽規則 / profile: {policy} {policy_version}\n\
         理由 / 理由 / reason: {because} ({reason})\n",
        record = made.record.id,
        version = made.component.version,
        policy = made.policy.name,
        policy_version = made.policy.version,
    )
}
