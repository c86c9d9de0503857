//! `keys`: their state, rotation, epoch turns. They change what every reader needs, so this process
//! holds the archive itself meanwhile; a server has to be stopped first.

use serde_json::json;

use super::Run;
use super::args::{At, Keys, Replaced};
use super::failure::Failure;
use super::site::Site;
use super::table::Table;
use crate::archive::{Archive, Refusal as ArchiveRefusal};
use crate::keydir::Replace;

pub(super) fn run(run: &Run, verb: &Keys) -> Result<(), Failure> {
    match verb {
        Keys::Status { at } => status(run, at),
        Keys::Rotate { at, replace } => rotate(run, at, *replace),
        Keys::TurnEpoch { at, escrow } => turn(run, at, escrow),
        Keys::Recover(args) => super::recover::run(run, args),
    }
}

/// Opens the archive in this process, which nobody else may hold meanwhile.
///
/// # Errors
/// `--as` was given, somebody holds the archive, or it cannot be opened.
pub(super) fn open(run: &Run, at: &At) -> Result<(Site, Archive), Failure> {
    if let Some(name) = &at.user {
        return Err(Failure::usage("keys.local", &[("name", name)]));
    }
    run.at.replace(Some(at.clone()));
    let site = Site::of(at, Vec::new())?;
    match Archive::open(&site.place, &site.options()) {
        Ok(archive) => Ok((site, archive)),
        Err(ArchiveRefusal::AlreadyOpen) => Err(Failure::declined("keys.held", &[("data", &site.data())])),
        Err(refusal) => Err(site.failure(refusal)),
    }
}

fn status(run: &Run, at: &At) -> Result<(), Failure> {
    let (site, archive) = open(run, at)?;
    let caller = archive.local_operator()?;
    let status = archive.keys_status(&caller).map_err(|refusal| site.failure(refusal))?;
    if run.voice.json {
        return run.voice.json_line(&json!({
            "generation": status.generation,
            "service": status.service,
            "recovery": status.recovery,
            "epoch": status.epoch,
            "rotation_unfinished": status.rotation_unfinished,
            "older_generations": status.older_generations,
            "older_epochs": status.older_epochs,
            "cells": status.cells,
            "recovery_identity_is_here": status.recovery_identity_is_here,
            "log_origin": status.log_origin,
        }));
    }
    let mut table = Table::facts();
    let rows = [
        ("keys.generation", status.generation.to_string()),
        ("keys.service", status.service),
        ("keys.recovery", status.recovery),
        ("keys.epoch", status.epoch.to_string()),
        ("keys.waiting", (status.older_generations + status.older_epochs).to_string()),
        ("keys.cells", status.cells.to_string()),
        ("keys.origin", status.log_origin),
    ];
    for (key, value) in rows {
        table.row([run.voice.say(key, &[]), value]);
    }
    table.print(&run.voice)?;
    if status.rotation_unfinished {
        run.voice.remark("keys.unfinished", &[]);
    }
    if status.recovery_identity_is_here {
        run.voice.remark("keys.recovery_here", &[]);
    }
    Ok(())
}

fn rotate(run: &Run, at: &At, replace: Replaced) -> Result<(), Failure> {
    let (site, archive) = open(run, at)?;
    let caller = archive.local_operator()?;
    let replace = match replace {
        Replaced::Service => Replace::Service,
        Replaced::Recovery => Replace::Recovery,
        Replaced::Both => Replace::Both,
    };
    let progress = run.voice.progress(0, false);
    let rotated = archive.rotate_keys(&caller, replace, &site.options().identity, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    });
    progress.finish_and_clear();
    let rotated = rotated.map_err(|refusal| site.failure(refusal))?;
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let (service, recovery) = (path(&rotated.service_identity), path(&rotated.recovery_identity));
    if run.voice.json {
        return run.voice.json_line(&json!({
            "generation": rotated.generation, "headers": rotated.headers,
            "service_identity": service, "recovery_identity": recovery,
        }));
    }
    let (generation, headers) = (rotated.generation.to_string(), rotated.headers.to_string());
    run.voice.line(&run.voice.say("keys.rotated", &[("generation", &generation), ("headers", &headers)]))?;
    for (key, path) in [("init.service", service), ("init.recovery", recovery)] {
        if let Some(path) = path {
            run.voice.line(&run.voice.say(key, &[("path", &path)]))?;
        }
    }
    Ok(())
}

fn turn(run: &Run, at: &At, escrow: &[std::path::PathBuf]) -> Result<(), Failure> {
    // A place that is not there would be founded as a new one, and the old key live on in the right one.
    if let Some(missing) = escrow.iter().find(|place| !place.is_dir()) {
        return Err(crate::words::Refusal::FileUnreadable { path: missing.display().to_string() }.into());
    }
    if escrow.is_empty() {
        run.voice.remark("keys.no_escrow", &[]);
    }
    let (site, archive) = open(run, at)?;
    let caller = archive.local_operator()?;
    let progress = run.voice.progress(0, false);
    let turned = archive.turn_epoch(&caller, escrow, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    });
    progress.finish_and_clear();
    let turned = turned.map_err(|refusal| site.failure(refusal))?;
    if run.voice.json {
        let destroyed = &turned.destroyed;
        return run
            .voice
            .json_line(&json!({"epoch": turned.epoch, "destroyed": destroyed, "cells": turned.cells}));
    }
    let (epoch, cells) = (turned.epoch.to_string(), turned.cells.to_string());
    run.voice.line(&run.voice.say("keys.turned", &[("epoch", &epoch), ("cells", &cells)]))
}
