//! `keys recover`: a new service identity by means of the recovery identity. Two administrators log
//! in one after the other at this machine; no service runs meanwhile.

use std::path::Path;

use serde_json::json;

use super::Run;
use super::args::Recover;
use super::failure::Failure;
use super::login::{own_password, secret, typed};
use super::site::Site;
use crate::archive::keys::{Recovering, RecoveryRequest};
use crate::archive::users::{LogIn, SessionLabel};
use crate::archive::{Caller, Refusal as ArchiveRefusal};
use crate::base::secret::SecretBytes;
use crate::keydir::IdentitySource;

pub(super) fn run(run: &Run, args: &Recover) -> Result<(), Failure> {
    let Some(first) = &args.at.user else { return Err(Failure::usage("recover.as", &[])) };
    run.at.replace(Some(args.at.clone()));
    let site = Site::of(&args.at, Vec::new())?;
    let recovery = IdentitySource::File(absolute(&args.recovery_identity)?);
    let archive = match Recovering::open(&site.place, &site.options(), &recovery) {
        Ok(archive) => archive,
        Err(ArchiveRefusal::AlreadyOpen) => {
            return Err(Failure::declined("keys.held", &[("data", &site.data())]));
        }
        Err(refusal) => return Err(site.failure(refusal)),
    };
    let by = enter(run, &archive, first, &own_password(run, first)?)?;
    let environment = &run.environment;
    let second = secret(environment.second_password.as_ref(), environment.second_password_file.as_deref())?;
    let second = match second {
        Some(password) => password,
        None => typed(run, "ask.password", &args.approved_by)?,
    };
    let approved_by = enter(run, &archive, &args.approved_by, &second)?;
    let progress = run.voice.progress(0, false);
    let request = RecoveryRequest { by: &by, approved_by: &approved_by, reason: args.reason.clone() };
    let recovered = archive.recover(&request, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    });
    progress.finish_and_clear();
    let recovered = recovered.map_err(|refusal| site.failure(refusal))?;
    let path = recovered.service_identity.as_deref().map(Path::display).map(|path| path.to_string());
    if run.voice.json {
        return run.voice.json_line(&json!({
            "generation": recovered.generation, "headers": recovered.headers, "service_identity": path,
        }));
    }
    let (generation, headers) = (recovered.generation.to_string(), recovered.headers.to_string());
    run.voice.line(&run.voice.say("keys.rotated", &[("generation", &generation), ("headers", &headers)]))?;
    if let Some(path) = path {
        run.voice.line(&run.voice.say("init.service", &[("path", &path)]))?;
    }
    if site.config.identity.is_some() {
        run.voice.remark("recover.elsewhere", &[]);
    }
    run.voice.remark("recover.done", &[]);
    Ok(())
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::system("find the recovery identity", &error))
}

/// Logs a person in, with the second factor where there is one.
fn enter(run: &Run, archive: &Recovering, name: &str, password: &SecretBytes) -> Result<Caller, Failure> {
    let attempt = |code: Option<&str>| {
        archive.caller_as(&LogIn {
            name,
            password: password.expose_text().unwrap_or_default(),
            code,
            label: SessionLabel::COMMAND_LINE,
            source: None,
        })
    };
    let entered = match attempt(None) {
        Err(ArchiveRefusal::SecondFactorRequired) => {
            let code = typed(run, "ask.code", name)?;
            attempt(Some(code.expose_text().unwrap_or_default().trim()))
        }
        other => other,
    };
    entered.map_err(|refusal| Failure::from(refusal).about(name))
}
