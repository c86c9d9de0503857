//! Faults of tables and of mapping profiles in words, in the shape of a problem document.

use serde_json::{Value, json};

use crate::cli::voice::Voice;
use crate::record::feed::{ProfileFault, TableFault, TableProblem};
use crate::record::request::Fault as RecordFault;
use crate::web::problem::Problem;
use crate::words::{Fact, Fault, FaultWord, Refusal, fault_text};

/// `manifest_fault` with every fault.
pub(super) fn document(voice: &Voice, faults: &[TableFault]) -> Value {
    let line = faults.iter().map(|fault| fault.line).min().unwrap_or(0).max(1);
    let refusal = Refusal::ManifestFault { line, count: faults.len() as u64 };
    let mut document = Problem::from(refusal).to_json(voice.language);
    document["faults"] = faults.iter().map(|fault| told(voice, fault)).collect();
    document
}

/// `mapping_fault` with every fault of the profile.
pub(super) fn profile_document(voice: &Voice, faults: &[ProfileFault]) -> Value {
    let mut document = Problem::from(Refusal::MappingFault).to_json(voice.language);
    let told = faults.iter().map(|fault| {
        let (code, facts) = profile_facts(fault);
        let borrowed: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        let detail = voice.say(&format!("profile.{code}"), &borrowed);
        json!({"path": "", "code": code, "detail": detail, "remedy": ""})
    });
    document["faults"] = told.collect();
    document
}

fn told(voice: &Voice, fault: &TableFault) -> Value {
    let column = fault.column.as_deref().unwrap_or_default();
    let (code, detail, remedy, characters) = match words_of(&fault.problem, column) {
        Words::Catalogue(found, characters) => {
            let text = fault_text(&found, voice.language);
            (found.word.as_str(), text.detail, text.remedy, characters)
        }
        Words::Own(code, facts) => {
            let borrowed: Vec<(&str, &str)> =
                facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
            let remedy = voice.say(&format!("table.{code}.remedy"), &borrowed);
            (code, voice.say(&format!("table.{code}"), &borrowed), remedy, None)
        }
    };
    let mut told = json!({"path": column, "code": code, "detail": detail, "remedy": remedy});
    if fault.line > 0 {
        told["line"] = json!(fault.line);
    }
    if let Some(characters) = characters {
        told["column"] = json!(characters);
    }
    told
}

/// Words from the shared catalogue, or of the command line's own.
enum Words {
    Catalogue(Fault, Option<usize>),
    Own(&'static str, Vec<(&'static str, String)>),
}

fn words_of(problem: &TableProblem, column: &str) -> Words {
    use TableProblem as P;
    let word = |word: FaultWord, facts| Words::Catalogue(Fault::of(column, word, facts), None);
    let own = |code, facts| Words::Own(code, facts);
    let count = |number: usize| Fact::Count(number as u64);
    match problem {
        P::TooLarge { most } => own("too_large", vec![("most", most.to_string())]),
        P::TooManyRows { most } => word(FaultWord::TooManyEntries, vec![("most", count(*most))]),
        P::TooManyColumns { most } => own("too_many_columns", vec![("most", most.to_string())]),
        P::UnknownEncoding => word(FaultWord::UnknownEncoding, Vec::new()),
        P::Encoding { encoding, byte } => {
            own("encoding", vec![("encoding", (*encoding).to_owned()), ("byte", byte.to_string())])
        }
        P::NoHeader => word(FaultWord::NoHeader, Vec::new()),
        P::DoubleColumn => own("double_column", Vec::new()),
        P::UnknownColumn => own("unknown_column", Vec::new()),
        P::MissingColumn => {
            word(FaultWord::MissingColumns, vec![("columns", Fact::List(vec![column.to_owned()]))])
        }
        P::CellCount { expected, found } => {
            word(FaultWord::CellCount, vec![("expected", count(*expected)), ("found", count(*found))])
        }
        P::Quotes => word(FaultWord::BadQuote, Vec::new()),
        P::Truncated => word(FaultWord::Truncated, Vec::new()),
        P::NotJson { column: characters } => {
            Words::Catalogue(Fault::of(column, FaultWord::NotJson, Vec::new()), Some(*characters))
        }
        P::NotAList => own("not_a_list", Vec::new()),
        P::NotAnObject => word(FaultWord::NotAnObject, Vec::new()),
        P::Workbook => own("workbook", Vec::new()),
        P::UnpacksTooLarge { most } => own("unpacks_too_large", vec![("most", most.to_string())]),
        P::NoSheet => own("no_sheet", Vec::new()),
        P::NotText => word(FaultWord::NotText, Vec::new()),
        P::Path => own("path", Vec::new()),
        P::PerFile { found, files } => {
            own("per_file", vec![("found", found.to_string()), ("files", files.to_string())])
        }
        P::Capture(fault) => Words::Catalogue(of_record(fault), None),
    }
}

fn of_record(fault: &RecordFault) -> Fault {
    Fault::from_code(&fault.path, fault.code.as_str(), &fault.code.facts())
        .unwrap_or_else(|| Fault::of(fault.path.clone(), FaultWord::Required, Vec::new()))
}

fn profile_facts(fault: &ProfileFault) -> (&'static str, Vec<(&'static str, String)>) {
    use ProfileFault as F;
    match fault {
        F::Syntax { line, message } => {
            ("syntax", vec![("line", line.to_string()), ("message", message.clone())])
        }
        F::Version { found } => ("version", vec![("found", found.to_string())]),
        F::Text { path } => ("text", vec![("path", path.clone())]),
        F::Zone => ("zone", Vec::new()),
        F::Encoding => ("encoding", Vec::new()),
        F::DatePattern { path } => ("date_pattern", vec![("path", path.clone())]),
        F::UnknownTarget { path } => ("unknown_target", vec![("path", path.clone())]),
        F::DoubleTarget { path } => ("double_target", vec![("path", path.clone())]),
        F::UnknownColumn { path } => ("unknown_column", vec![("path", path.clone())]),
        F::Unset { target } => ("unset", vec![("target", (*target).to_owned())]),
        F::TooMany { path, most } => ("too_many", vec![("path", path.clone()), ("most", most.to_string())]),
    }
}

/// A file that a row names and that is not there.
pub(super) fn file_missing(voice: &Voice, line: u64) -> Value {
    let text = fault_text(&Fault::of("file", FaultWord::FileMissing, Vec::new()), voice.language);
    json!({"path": "file", "line": line, "code": "file_missing", "detail": text.detail, "remedy": text.remedy})
}

/// A file that a row names and that has no byte.
pub(super) fn file_empty(voice: &Voice, line: u64) -> Value {
    let text = fault_text(&Fault::of("file", FaultWord::Empty, Vec::new()), voice.language);
    json!({"path": "file", "line": line, "code": "empty", "detail": text.detail, "remedy": text.remedy})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;
    use crate::cli::say;
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
            P::Path,
            P::PerFile { found: 2, files: 3 },
        ];
        for language in Language::ALL {
            let voice = Voice::new(Some(language), false, &Environment::default());
            for problem in &problems {
                let fault =
                    TableFault { line: 3, column: Some("标题".to_owned()), problem: problem.clone() };
                let told = told(&voice, &fault);
                let detail = told["detail"].as_str().unwrap();
                assert!(!detail.starts_with("table.") && !detail.contains('…'), "{detail}");
                assert_eq!((told["line"].as_u64(), told["path"].as_str()), (Some(3), Some("标题")));
            }
        }
    }

    #[test]
    fn every_fault_of_a_profile_has_words() {
        use ProfileFault as F;
        let path = || "columns.x".to_owned();
        let faults = [
            F::Syntax { line: 1, message: "m".to_owned() },
            F::Version { found: 2 },
            F::Text { path: path() },
            F::Zone,
            F::Encoding,
            F::DatePattern { path: path() },
            F::UnknownTarget { path: path() },
            F::DoubleTarget { path: path() },
            F::UnknownColumn { path: path() },
            F::Unset { target: "kind" },
            F::TooMany { path: path(), most: 2 },
        ];
        for fault in &faults {
            let (code, facts) = profile_facts(fault);
            let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
            let said = say::say(Language::En, &format!("profile.{code}"), &facts);
            assert!(!said.starts_with("profile.") && !said.contains('…'), "{said}");
        }
    }
}
