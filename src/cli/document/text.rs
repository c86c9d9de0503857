//! `document text`: the text of a file, or with the places of its parts as JSON.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use super::args::DocumentText;
use super::refused::in_words;
use super::shown::Shown;
use crate::base::limits::{EXTRACT_BYTES_MAX, WORKER_FONT_BYTES_MAX};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::site::read_file;
use crate::cli::table::visible_lines;
use crate::config::{Config, Sources};
use crate::document::protocol::{ReadDocument, Request, Task};
use crate::sandbox::{Documents, Program, Tenant};
use crate::words::{Bytes, Refusal};

pub(super) fn run(run: &Run, args: &DocumentText) -> Result<(), Failure> {
    let bytes = zeroize::Zeroizing::new(bytes(&args.file)?);
    let name = args.file.file_name().and_then(|name| name.to_str()).filter(|name| *name != "-");
    let task = Task::Text { parts: run.voice.json, lenient: false };
    let read = documents()?.read(Tenant::Person, &Request::new(task, name, None), &bytes);
    let document = read.map_err(|refusal| in_words(&run.voice, &args.file, &refusal))?;
    if run.voice.json {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &Shown(&document)).map_err(std::io::Error::from)?;
        out.write_all(b"\n").and_then(|()| out.flush())?;
        return Ok(());
    }
    print(&document)?;
    remarks(run, &document);
    Ok(())
}

/// What reads documents, as the settings have it.
pub(super) fn documents() -> Result<Documents, Failure> {
    let config = Config::resolve(&Sources::of_process(None, Vec::new()))?;
    let program = Program::own().map_err(|error| Failure::system("start a process", &error))?;
    let documents = Documents::new(program, config.sandbox, config.document_workers);
    Ok(match &config.document_font {
        Some(path) => documents.with_font(read_file(path, WORKER_FONT_BYTES_MAX)?),
        None => documents,
    })
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() != "-" {
        return read_file(path, EXTRACT_BYTES_MAX);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(EXTRACT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > EXTRACT_BYTES_MAX {
        return Err(Refusal::TooLarge { most: Bytes(EXTRACT_BYTES_MAX) }.into());
    }
    Ok(bytes)
}

/// The text, and those of the documents inside it, each ending with a line break.
fn print(document: &ReadDocument) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    // A terminal would obey what a document says to it; a file gets the text as it is.
    let is_watched = out.is_terminal();
    for document in document.documents() {
        match is_watched {
            true => out.write_all(visible_lines(document.text()).as_bytes())?,
            false => out.write_all(document.text().as_bytes())?,
        }
        if !document.text().is_empty() && !document.text().ends_with('\n') {
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}

/// What a reader of the text should know of it.
fn remarks(run: &Run, document: &ReadDocument) {
    for review in &document.review {
        let remark = run.voice.word("review", review.as_str());
        run.voice.remark("document.review", &[("review", &remark)]);
    }
    for child in document.documents().iter().flat_map(|document| &document.children) {
        if child.content.is_err() {
            let format = run.voice.word("format", child.format.as_str());
            let facts = [("place", child.place.as_str()), ("format", &format)];
            run.voice.remark("document.inner_unread", &facts);
        }
    }
}
