//! `init`: a new archive. Secrets are printed once, to whoever runs it, and stored nowhere in the clear.

use serde_json::json;

use super::Run;
use super::args::Init;
use super::failure::Failure;
use super::site::Site;
use crate::archive::Archive;
use crate::archive::open::Created;
use crate::base::secret::SecretBytes;

pub(super) fn run(run: &Run, args: &Init) -> Result<(), Failure> {
    let site = Site::of(&args.at, Vec::new())?;
    let created = Archive::create(&site.place, &site.options()).map_err(|refusal| site.failure(refusal))?;
    let Created { archive, keys, administrator, archivist } = created;
    let plain = |secret: &SecretBytes| secret.expose_text().unwrap_or_default().to_owned();
    let path = |path: &std::path::Path| path.display().to_string();
    if run.voice.json {
        run.voice.json_line(&json!({
            "data": site.data(),
            "keys": {
                "directory": path(&keys.directory),
                "service_identity": path(&keys.service_identity),
                "recovery_identity": path(&keys.recovery_identity),
                "vkey": path(&keys.verifier_key),
            },
            "administrator": {"name": administrator.0, "password": plain(&administrator.1)},
            "archivist": {"name": archivist.0, "token": plain(&archivist.1)},
        }))?;
    } else {
        let say = |key: &str, facts: &[(&str, &str)]| run.voice.line(&run.voice.say(key, facts));
        say("init.made", &[("data", &site.data())])?;
        say("init.service", &[("path", &path(&keys.service_identity))])?;
        say("init.recovery", &[("path", &path(&keys.recovery_identity))])?;
        say("init.vkey", &[("path", &path(&keys.verifier_key))])?;
        say("init.administrator", &[("name", &administrator.0), ("password", &plain(&administrator.1))])?;
        say("init.archivist", &[("name", &archivist.0), ("token", &plain(&archivist.1))])?;
        run.voice.remark("init.once", &[]);
        run.voice.remark("init.one_person", &[]);
    }
    drop(archive);
    Ok(())
}
