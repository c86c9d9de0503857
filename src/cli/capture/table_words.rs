//! Faults of tables and of mapping profiles, as the service words them too.

use serde_json::Value;

use crate::cli::voice::Voice;
use crate::record::feed::{ProfileFault, TableFault};
use crate::web::problem::Problem;
use crate::web::refusals;
use crate::words::{Fault, FaultWord, Refusal};

/// `manifest_fault` with every fault.
pub(super) fn document(voice: &Voice, faults: &[TableFault]) -> Value {
    refusals::of_table(faults).to_json(voice.language)
}

/// `mapping_fault` with every fault of the profile.
pub(super) fn profile_document(voice: &Voice, faults: &[ProfileFault]) -> Value {
    refusals::of_profile(faults).to_json(voice.language)
}

/// A file that a row names, and what is wrong with it, by the column that names it.
pub(super) fn of_file(column: &str, line: u64, word: FaultWord) -> Fault {
    Fault::of(column, word, Vec::new()).at(line, None)
}

/// `manifest_fault` for what is wrong with rows and with the files that they name, of which no more than the first
/// may be listed, in the order of the lines; `None` where nothing is.
pub(super) fn of_faults(voice: &Voice, listed: Vec<Fault>, count: u64) -> Option<Value> {
    let mut listed = listed;
    listed.sort_by_key(|fault| fault.line);
    let line = listed.iter().filter_map(|fault| fault.line).min()?;
    let refusal = Refusal::ManifestFault { line, count, listed: listed.len() as u64 };
    Some(Problem { refusal, faults: listed, request_id: None }.to_json(voice.language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;
    use crate::record::feed::TableProblem;
    use crate::words::Language;

    #[test]
    fn every_fault_of_a_table_has_words_in_every_language() {
        use TableProblem as P;
        let problems = [
            P::TooLarge { most: 1 },
            P::TooManyRows { most: 1 },
            P::TooManyColumns { most: 1 },
            P::UnknownEncoding,
            P::Encoding { byte: 1, encoding: "Big5" },
            P::NoHeader,
            P::DoubleColumn,
            P::UnknownColumn,
            P::NeedsColumn { other: "source.system" },
            P::MissingColumn,
            P::CellCount { expected: 1, found: 2 },
            P::Quotes,
            P::Truncated,
            P::NotJson { column: 3 },
            P::NotAList,
            P::NotAnObject,
            P::Workbook,
            P::UnpacksTooLarge { most: 1 },
            P::NoSheet,
            P::NotText,
            P::NoFile,
            P::Path,
            P::PerFile { found: 2, files: 3 },
        ];
        for language in Language::ALL {
            let voice = Voice::new(Some(language), false, &Environment::default());
            for problem in &problems {
                let fault =
                    TableFault { line: 3, column: Some("标题".to_owned()), problem: problem.clone() };
                let document = document(&voice, &[fault]);
                let told = &document["faults"][0];
                let detail = told["detail"].as_str().unwrap();
                assert!(!detail.contains('…'), "{detail}");
                assert_eq!((told["line"].as_u64(), told["path"].as_str()), (Some(3), Some("标题")));
            }
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named_by_its_line_and_column() {
        let voice = Voice::new(Some(Language::ZhCn), false, &Environment::default());
        let faults = vec![of_file("附件", 3, FaultWord::FileMissing), of_file("附件", 2, FaultWord::Empty)];
        let document = of_faults(&voice, faults, 2).unwrap();
        assert_eq!(document["facts"]["line"], 2);
        assert_eq!(document["faults"][0]["path"], "附件");
        assert_eq!(of_faults(&voice, Vec::new(), 0), None);
    }
}
