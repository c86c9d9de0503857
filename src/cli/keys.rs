//! `keys`: their state, rotation, epoch turns. Where a server holds the archive, it is asked to replace the
//! keys, and its job is followed; otherwise this process does it.

use std::cell::RefCell;

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::{At, Keys, Replaced};
use super::client::{Ask, Client};
use super::export::wait_for;
use super::failure::Failure;
use super::list::text;
use super::login::{answered, own_token};
use super::site::Site;
use super::table::Table;
use crate::archive::keys::EpochTurn;
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
    if own_token(run)?.is_some() {
        return Err(Failure::usage("keys.local_token", &[]));
    }
    run.at.replace(Some(at.clone()));
    let site = Site::of(at, Vec::new())?;
    match Archive::open(&site.place, &site.options()) {
        Ok(archive) => {
            archive.clock_behind()?.into_iter().for_each(|behind| run.tell_clock(behind));
            Ok((site, archive))
        }
        Err(ArchiveRefusal::AlreadyOpen) => Err(Failure::declined("keys.held", &[("data", &site.data())])),
        Err(refusal) => Err(site.failure(refusal)),
    }
}

fn status(run: &Run, at: &At) -> Result<(), Failure> {
    let Some((site, archive)) = here(run, at)? else {
        return run.with_archive(at, async |client: &Client| {
            let mut found = client.json(&Ask::get("/api/v1/keys")).await?;
            for (there, name) in [("service_recipient", "service"), ("recovery_recipient", "recovery")] {
                found[name] = found[there].take();
            }
            if let Value::Object(members) = &mut found {
                members.retain(|name, _| !name.ends_with("_recipient"));
            }
            told(run, &found)
        });
    };
    let caller = archive.local_operator()?;
    let status = archive.keys_status(&caller).map_err(|refusal| site.failure(refusal))?;
    told(
        run,
        &json!({
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
            "retired_epochs": status.left.epochs,
            "escrow_behind": status.left.escrow.len(),
        }),
    )
}

/// Prints how the keys stand, wherever that was asked.
fn told(run: &Run, status: &Value) -> Result<(), Failure> {
    if run.voice.json {
        return run.voice.json_line(status);
    }
    let number = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or(0);
    let mut table = Table::facts();
    let rows = [
        ("keys.generation", number("generation").to_string()),
        ("keys.service", text(status, "service").to_owned()),
        ("keys.recovery", text(status, "recovery").to_owned()),
        ("keys.epoch", number("epoch").to_string()),
        ("keys.waiting", (number("older_generations") + number("older_epochs")).to_string()),
        ("keys.cells", number("cells").to_string()),
        ("keys.origin", text(status, "log_origin").to_owned()),
    ];
    for (key, value) in rows {
        table.row([run.voice.say(key, &[]), value]);
    }
    table.print(&run.voice)?;
    if status["rotation_unfinished"] == true {
        run.voice.remark("keys.unfinished", &[]);
    }
    if status["recovery_identity_is_here"] == true {
        run.voice.remark("keys.recovery_here", &[]);
    }
    for epoch in status["retired_epochs"].as_array().into_iter().flatten() {
        run.voice.remark("keys.retired", &[("epoch", &epoch.to_string())]);
    }
    if number("escrow_behind") > 0 {
        run.voice.remark("keys.escrow_behind", &[("count", &number("escrow_behind").to_string())]);
    }
    Ok(())
}

/// Opens the archive here; `None` where a server has to be asked: one holds it, or somebody acts who has
/// to show who it is.
fn here(run: &Run, at: &At) -> Result<Option<(Site, Archive)>, Failure> {
    if at.user.is_some() || own_token(run)?.is_some() {
        return Ok(None);
    }
    run.at.replace(Some(at.clone()));
    let site = Site::of(at, Vec::new())?;
    match Archive::open(&site.place, &site.options()) {
        Ok(archive) => {
            archive.clock_behind()?.into_iter().for_each(|behind| run.tell_clock(behind));
            Ok(Some((site, archive)))
        }
        Err(ArchiveRefusal::AlreadyOpen) => Ok(None),
        Err(refusal) => Err(site.failure(refusal)),
    }
}

/// Asks for a job over HTTP and follows it to its end; what came of it.
fn by_job(run: &Run, at: &At, path: &str, body: &Value) -> Result<Value, Failure> {
    let result = RefCell::new(Value::Null);
    run.with_archive(at, async |client: &Client| {
        let job = answered(run, client, at, || Ask::json(Method::POST, path, body)).await?;
        let href = text(&job, "href");
        wait_for(run, client, href).await?;
        result.replace(client.json(&Ask::get(format!("{href}/result"))).await?);
        Ok(())
    })?;
    Ok(result.into_inner())
}

fn rotate(run: &Run, at: &At, replace: Replaced) -> Result<(), Failure> {
    let (word, replace) = match replace {
        Replaced::Service => ("service", Replace::Service),
        Replaced::Recovery => ("recovery", Replace::Recovery),
        Replaced::Both => ("both", Replace::Both),
    };
    let Some((site, archive)) = here(run, at)? else {
        let mut done = by_job(run, at, "/api/v1/keys/rotate", &json!({"replace": word}))?;
        let folder = Site::of(at, Vec::new())?.place.keys().to_owned();
        for name in ["service_identity", "recovery_identity"] {
            // A server tells names; where its keys lie is known here.
            if let Some(Value::String(name)) = done.get_mut(name) {
                *name = folder.join(&*name).display().to_string();
            }
        }
        return rotated(run, &done);
    };
    let caller = archive.local_operator()?;
    let progress = run.voice.progress(0, false);
    let done = archive.rotate_keys(&caller, replace, &site.options().identity, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    });
    progress.finish_and_clear();
    let done = done.map_err(|refusal| site.failure(refusal))?;
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let (service, recovery) = (path(&done.service_identity), path(&done.recovery_identity));
    rotated(
        run,
        &json!({
            "generation": done.generation, "headers": done.headers,
            "service_identity": service, "recovery_identity": recovery,
        }),
    )
}

fn rotated(run: &Run, done: &Value) -> Result<(), Failure> {
    if run.voice.json {
        return run.voice.json_line(done);
    }
    let number = |name: &str| done.get(name).and_then(Value::as_u64).unwrap_or(0).to_string();
    let (generation, headers) = (number("generation"), number("headers"));
    run.voice.line(&run.voice.say("keys.rotated", &[("generation", &generation), ("headers", &headers)]))?;
    for (key, name) in [("init.service", "service_identity"), ("init.recovery", "recovery_identity")] {
        if let Some(path) = done.get(name).and_then(Value::as_str) {
            run.voice.line(&run.voice.say(key, &[("path", path)]))?;
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
    // Folders of this machine are no matter for a request: with escrow this process does it.
    let opened = if escrow.is_empty() { here(run, at)? } else { Some(open(run, at)?) };
    let Some((site, archive)) = opened else {
        return turned(run, &by_job(run, at, "/api/v1/keys/turn-epoch", &Value::Null)?);
    };
    let caller = archive.local_operator()?;
    let progress = run.voice.progress(0, false);
    let done = archive.turn_epoch(&caller, escrow, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    });
    progress.finish_and_clear();
    let done = done.map_err(|refusal| site.failure(refusal))?;
    let EpochTurn { epoch, destroyed, cells, overwritten } = done;
    turned(run, &json!({"epoch": epoch, "destroyed": destroyed, "cells": cells, "overwritten": overwritten}))
}

fn turned(run: &Run, done: &Value) -> Result<(), Failure> {
    if run.voice.json {
        return run.voice.json_line(done);
    }
    let number = |name: &str| done.get(name).and_then(Value::as_u64).unwrap_or(0).to_string();
    let (epoch, cells) = (number("epoch"), number("cells"));
    run.voice.line(&run.voice.say("keys.turned", &[("epoch", &epoch), ("cells", &cells)]))?;
    if done.get("overwritten") == Some(&Value::Bool(false)) {
        run.voice.remark("keys.not_overwritten", &[]);
    }
    Ok(())
}
