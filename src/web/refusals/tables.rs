//! What is wrong with bulk logs, foreign tables and mapping profiles, line by line.

use crate::base::limits::FAULTS_MAX;
use crate::record::feed::{Column, EntryFault, EntryProblem, ProfileFault, TableFault, TableProblem};
use crate::web::problem::Problem;
use crate::words::{Fact, Facts, Fault, FaultWord, Refusal, Term};

/// Faulty lines of a bulk log, of which `more` are not told one by one; `captured` entries before them were kept.
pub fn of_entries((faults, more): (&[EntryFault], u64), captured: u64) -> Problem {
    let line = faults.first().map_or(1, |fault| fault.line);
    let truncated = faults.first().is_some_and(|fault| fault.problem == EntryProblem::Truncated);
    let refusal = match truncated {
        true => Refusal::TruncatedEntries { line, captured },
        false => {
            let listed = faults.len() as u64;
            Refusal::EntryFault { line, count: listed.saturating_add(more), listed, captured }
        }
    };
    Problem { refusal, faults: faults.iter().map(entry_fault).collect(), request_id: None }
}

/// One faulty line of a bulk log.
pub fn entry_fault(fault: &EntryFault) -> Fault {
    let count = |number: usize| Fact::Count(number as u64);
    let plain = |path: &str, word| Fault::of(path, word, Facts::new());
    let with = |path: &str, word, facts| Fault::of(path, word, facts);
    let found = match &fault.problem {
        EntryProblem::InvalidUtf8 => plain("", FaultWord::NotUtf8),
        EntryProblem::TooLong { most } => with("", FaultWord::LineTooLong, vec![("most", count(*most))]),
        EntryProblem::TooMany { most } => {
            with("", FaultWord::TooManyEntries, vec![("most", Fact::Count(*most))])
        }
        EntryProblem::Syntax => plain("", FaultWord::NotJson),
        EntryProblem::Truncated => plain("", FaultWord::Truncated),
        EntryProblem::NotAnObject => plain("", FaultWord::NotAnObject),
        EntryProblem::TooDeep { most } => with("", FaultWord::TooDeep, vec![("most", count(*most))]),
        EntryProblem::Double => plain("", FaultWord::Double),
        EntryProblem::NumberTooLarge => plain("", FaultWord::NumberTooLarge),
        EntryProblem::TooManyFields { most } => {
            with("", FaultWord::TooManyFields, vec![("most", count(*most))])
        }
        EntryProblem::Missing { field } => plain(field.as_str(), FaultWord::Required),
        EntryProblem::NoSubjectNorCount => plain("", FaultWord::NoSubjectNorCount),
        EntryProblem::NotText { field } => plain(field.as_str(), FaultWord::NotText),
        EntryProblem::BadText { field, why } => Fault::of_label(field.as_str(), why),
        EntryProblem::BadTime => plain("at", FaultWord::NotAMoment),
        EntryProblem::BadCount => plain("count", FaultWord::NotANumber),
        EntryProblem::NoHeader => plain("", FaultWord::NoHeader),
        EntryProblem::MissingColumns { fields } => {
            let columns = fields.iter().map(|field| field.as_str().to_owned()).collect();
            with("", FaultWord::MissingColumns, vec![("columns", Fact::List(columns))])
        }
        EntryProblem::CellCount { expected, found } => {
            with("", FaultWord::CellCount, vec![("expected", count(*expected)), ("found", count(*found))])
        }
        EntryProblem::Quotes => plain("", FaultWord::BadQuote),
    };
    found.at(fault.line, Some(fault.column as u64))
}

/// One fault of a foreign table.
pub fn table_fault(fault: &TableFault) -> Fault {
    let column = fault.column.as_deref().unwrap_or_default();
    let count = |number: usize| Fact::Count(number as u64);
    let with = |word, facts| Fault::of(column, word, facts);
    let plain = |word| with(word, Facts::new());
    let mut found = match &fault.problem {
        TableProblem::TooLarge { most } => with(FaultWord::TableTooLarge, vec![("most", Fact::Count(*most))]),
        TableProblem::TooManyRows { most } => with(FaultWord::TooManyEntries, vec![("most", count(*most))]),
        TableProblem::TooManyColumns { most } => {
            with(FaultWord::TooManyColumns, vec![("most", count(*most))])
        }
        TableProblem::UnknownEncoding => plain(FaultWord::UnknownEncoding),
        TableProblem::Encoding { encoding, byte } => with(
            FaultWord::BadEncoding,
            vec![("encoding", Fact::Text((*encoding).to_owned())), ("byte", Fact::Text(byte.to_string()))],
        ),
        TableProblem::NoHeader => plain(FaultWord::NoHeader),
        TableProblem::DoubleColumn => plain(FaultWord::DoubleColumn),
        TableProblem::UnknownColumn => {
            let known = Column::documented().map(|name| Term::new("column", name)).collect();
            with(FaultWord::UnknownColumn, vec![("known", Fact::Terms(known))])
        }
        TableProblem::NeedsColumn { other } => {
            with(FaultWord::NeedsColumn, vec![("other", Fact::Terms(vec![Term::new("column", *other)]))])
        }
        TableProblem::MissingColumn => {
            with(FaultWord::MissingColumns, vec![("columns", Fact::List(vec![column.to_owned()]))])
        }
        TableProblem::CellCount { expected, found } => {
            with(FaultWord::CellCount, vec![("expected", count(*expected)), ("found", count(*found))])
        }
        TableProblem::Quotes => plain(FaultWord::BadQuote),
        TableProblem::Truncated => plain(FaultWord::Truncated),
        TableProblem::NotJson { column } => {
            Fault { column: Some(*column as u64), ..plain(FaultWord::NotJson) }
        }
        TableProblem::NotAList => plain(FaultWord::NotAList),
        TableProblem::NotAnObject => plain(FaultWord::NotAnObject),
        TableProblem::Workbook => plain(FaultWord::NotAWorkbook),
        TableProblem::UnpacksTooLarge { most } => {
            with(FaultWord::UnpacksTooLarge, vec![("most", Fact::Count(*most))])
        }
        TableProblem::NoSheet => plain(FaultWord::NoSheet),
        TableProblem::NotText => plain(FaultWord::NotText),
        TableProblem::NoFile => plain(FaultWord::NoFile),
        TableProblem::Path => plain(FaultWord::BadPath),
        TableProblem::PerFile { found, files } => {
            with(FaultWord::PerFile, vec![("found", count(*found)), ("files", count(*files))])
        }
        // The column of the export says more to its owner than the field that it became.
        TableProblem::Capture(record) => match column {
            "" => Fault::of_field(record),
            column => Fault { path: column.to_owned(), ..Fault::of_field(record) },
        },
    };
    found.line = (fault.line > 0).then_some(fault.line);
    found
}

/// Faults of a foreign table that is refused as a whole.
pub fn of_table(faults: &[TableFault]) -> Problem {
    let line = faults.iter().map(|fault| fault.line).min().unwrap_or(0).max(1);
    let listed = faults.get(..FAULTS_MAX).unwrap_or(faults);
    let refusal = Refusal::ManifestFault { line, count: faults.len() as u64, listed: listed.len() as u64 };
    Problem { refusal, faults: listed.iter().map(table_fault).collect(), request_id: None }
}

/// Faults of a mapping profile.
pub fn of_profile(faults: &[ProfileFault]) -> Problem {
    let told = faults.iter().map(|fault| {
        let plain = |path: &str, word| Fault::of(path, word, Facts::new());
        match fault {
            ProfileFault::Syntax { line, message } => {
                let facts = vec![("message", Fact::Text(message.clone()))];
                Fault { line: Some(*line as u64), ..Fault::of("", FaultWord::ProfileSyntax, facts) }
            }
            ProfileFault::Version { found } => Fault::of(
                "version",
                FaultWord::ProfileVersion,
                vec![("found", Fact::Count(u64::from(*found)))],
            ),
            ProfileFault::Text { path } => plain(path, FaultWord::ProfileText),
            ProfileFault::Zone => plain("source.zone", FaultWord::ProfileZone),
            ProfileFault::Encoding => plain("source.encoding", FaultWord::ProfileEncoding),
            ProfileFault::DatePattern { path } => plain(path, FaultWord::ProfileDates),
            ProfileFault::UnknownTarget { path } => plain(path, FaultWord::ProfileTarget),
            ProfileFault::DoubleTarget { path } => plain(path, FaultWord::ProfileDouble),
            ProfileFault::UnknownColumn { path } => plain(path, FaultWord::ProfileColumn),
            ProfileFault::Unset { target } => Fault::of(
                "columns",
                FaultWord::ProfileUnset,
                vec![("target", Fact::Text((*target).to_owned()))],
            ),
            ProfileFault::TooMany { path, most } => {
                Fault::of(path.as_str(), FaultWord::ProfileTooMany, vec![("most", Fact::Count(*most as u64))])
            }
        }
    });
    Problem { refusal: Refusal::MappingFault, faults: told.collect(), request_id: None }
}
