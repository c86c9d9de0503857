//! `ledger export`: the ledger as files, checked here before they are handed over.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hyper::Method;
use serde_json::json;

use super::Run;
use super::args::{Ledger, LedgerExport};
use super::client::{Answer, Ask, Client};
use super::failure::Failure;
use super::login::sent;
use crate::archive::ledger_export::{PROOF_FOLDER, TarReader, VKEY_PATH};
use crate::ledger::checkpoint::{self, Checkpoint};
use crate::ledger::export::{CHECKPOINT_PATH, Width, entries_path, read_bundle, tile_path};
use crate::ledger::proof;
use crate::ledger::tree::{Builder, TileWrite, leaf_hash};
use crate::words::Refusal;

pub(super) fn run(run: &Run, verb: &Ledger) -> Result<(), Failure> {
    let Ledger::Export(args) = verb;
    let part = part_of(&args.output)?;
    let done = run.with_archive(&args.at, async |client: &Client| export(run, client, args, &part).await);
    if done.is_err()
        && let Err(error) = fs::remove_dir_all(&part)
    {
        tracing::debug!(%error, "there was nothing to take away");
    }
    done
}

/// The folder beside the output in which the files are written until all of them are checked.
fn part_of(output: &Path) -> Result<PathBuf, Failure> {
    let exists = || Failure::from(Refusal::OutputExists { path: output.display().to_string() });
    match fs::read_dir(output) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(exists());
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Err(exists()),
        Err(error) => return Err(unwritable(output, &error)),
    }
    let output = std::path::absolute(output).map_err(|error| unwritable(output, &error))?;
    let mut name = std::ffi::OsString::from(".");
    name.push(output.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    Ok(output.with_file_name(name))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Refusal::StorageFull.into(),
        _ => Failure::system("write the ledger", &format!("{}: {error}", path.display())),
    }
}

async fn export(run: &Run, client: &Client, args: &LedgerExport, part: &Path) -> Result<(), Failure> {
    for id in &args.records {
        super::show::must_have_entry(client, id).await?;
    }
    // One log entry is proved by the record that holds it.
    let records: Vec<&str> = args.records.iter().map(|id| super::show::record_of(id)).collect();
    let body = json!({"records": records});
    let ask = || Ask::json(Method::POST, "/api/v1/ledger/export", &body);
    let answer = sent(run, client, &args.at, ask).await?;
    let tar = spooled(run, answer, part).await?;
    let files = unpack(tar, part)?;
    let signed = check(part, &files)?;
    // An empty folder may be replaced; anything else was refused before.
    match fs::remove_dir(&args.output) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(&args.output, &error)),
    }
    fs::rename(part, &args.output).map_err(|error| unwritable(&args.output, &error))?;
    let shown = args.output.display().to_string();
    let proofs = files.keys().filter(|path| path.ends_with(".tlog-proof")).count();
    if run.voice.json {
        return run.voice.json_line(&json!({
            "output": shown, "origin": signed.origin, "entries": signed.size,
            "root": signed.root.to_hex(), "files": files.len(), "proofs": proofs,
        }));
    }
    let (entries, files, proofs) = (signed.size.to_string(), files.len().to_string(), proofs.to_string());
    run.voice.remark("ledger.exported", &[("entries", &entries), ("files", &files), ("proofs", &proofs)]);
    run.voice.line(&shown)
}

/// The answer in a file that has no name any more: the ledger may be larger than memory.
async fn spooled(run: &Run, answer: Answer, part: &Path) -> Result<fs::File, Failure> {
    let path = part.with_extension("tar");
    let file = fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
    let mut file = file.map_err(|error| unwritable(&path, &error))?;
    fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
    super::open::write_out(run, answer, &mut file).await?;
    file.rewind().map_err(|error| unwritable(&path, &error))?;
    Ok(file)
}

/// Writes the files below `part`; gives their paths and lengths.
fn unpack(tar: impl Read, part: &Path) -> Result<BTreeMap<String, usize>, Failure> {
    let folder = |path: &Path| {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| unwritable(path, &error))
    };
    folder(part)?;
    let mut reader = TarReader::new(std::io::BufReader::new(tar));
    let mut files = BTreeMap::new();
    loop {
        let next = reader.next_file().map_err(|error| Failure::system("read the ledger", &error))?;
        let Some((path, content)) = next else { return Ok(files) };
        let place = part.join(&path);
        if let Some(parent) = place.parent() {
            folder(parent)?;
        }
        let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&place);
        let written = made.and_then(|mut file| file.write_all(&content));
        written.map_err(|error| unwritable(&place, &error))?;
        files.insert(path, content.len());
    }
}

/// Checks what was written as a stranger would: signature, every entry and tile, every proof.
fn check(part: &Path, files: &BTreeMap<String, usize>) -> Result<Checkpoint, Failure> {
    let broken = || Failure::declined("ledger.broken", &[]);
    let read = |path: &str| fs::read(part.join(path)).map_err(|error| unwritable(&part.join(path), &error));
    let text = |path: &str| Ok::<_, Failure>(String::from_utf8_lossy(&read(path)?).into_owned());
    let vkey = text(VKEY_PATH)?;
    let vkey = vkey.trim();
    let signed = checkpoint::open(&text(CHECKPOINT_PATH)?, vkey).map_err(|_| broken())?;
    let same = |tile: &TileWrite| -> Result<(), Failure> {
        let width = Width::new(tile.hashes.len() / 32).ok_or_else(broken)?;
        let stored = read(&tile_path(tile.level, tile.index, width))?;
        if stored == tile.hashes { Ok(()) } else { Err(broken()) }
    };
    let mut builder = Builder::new();
    for index in 0.. {
        let Some(width) = Width::in_tree(signed.size, 0, index) else { break };
        let bundle = read(&entries_path(index, width))?;
        for entry in read_bundle(&bundle).map_err(|_| broken())? {
            builder.push(leaf_hash(entry)).iter().try_for_each(same)?;
        }
    }
    builder.edge_tiles().iter().try_for_each(same)?;
    if builder.root() != signed.root {
        return Err(broken());
    }
    for path in files.keys().filter(|path| path.starts_with(PROOF_FOLDER) && path.ends_with(".tlog-proof")) {
        let entry = read(&path.replace(".tlog-proof", ".json"))?;
        proof::verify(&text(path)?, &entry, vkey).map_err(|_| broken())?;
    }
    Ok(signed)
}
