//! `demo`: an archive to look around in, made once and served; started again, it is only served.

use serde_json::json;

use super::Run;
use super::args::{At, Demo};
use super::failure::Failure;
use super::serve;
use super::site::Site;
use super::table::Table;
use crate::archive::Archive;
use crate::base::secret::SecretBytes;
use crate::demo::{DemoError, Made, Standing, make, standing};

pub(super) fn run(run: &Run, args: &Demo) -> Result<(), Failure> {
    let at = At { data: Some(args.data.clone()), config: None, keys: None, identity: None, user: None };
    let site = Site::of(&at, vec![("listen.address", args.listen.to_string())])?;
    if !args.listen.ip().is_loopback() {
        return Err(Failure::usage("demo.loopback", &[("address", &args.listen.to_string())]));
    }
    match standing(&site.place) {
        Standing::Nothing => {
            run.voice.remark("demo.making", &[("data", &site.data())]);
            let made = make(&site.place, &site.options()).map_err(|error| match error {
                DemoError::Refused(refusal) => site.failure(refusal),
                DemoError::Content { .. } | DemoError::Mark { .. } => {
                    Failure::system("make the demonstration", &error)
                }
            })?;
            tell(run, &site, &made)?;
        }
        Standing::Whole => run.voice.remark("demo.again", &[("data", &site.data())]),
        Standing::Other => return Err(Failure::usage("demo.other", &[("data", &site.data())])),
    }
    if args.no_serve {
        return Ok(());
    }
    let archive = Archive::open(&site.place, &site.options()).map_err(|refusal| site.failure(refusal))?;
    serve::hold(run, &site, archive, true)
}

fn tell(run: &Run, site: &Site, made: &Made) -> Result<(), Failure> {
    let plain = |secret: &SecretBytes| secret.expose_text().unwrap_or_default().to_owned();
    let counts = made.counts;
    if run.voice.json {
        let people: Vec<_> = made
            .people
            .iter()
            .map(|person| json!({"name": person.name, "role": person.role, "password": plain(&person.password)}))
            .collect();
        return run.voice.json_line(&json!({
            "data": site.data(),
            "records": counts.records,
            "cases": counts.cases,
            "people": people,
            "archivist": {"name": made.archivist.0, "token": plain(&made.archivist.1)},
        }));
    }
    let numbers =
        [counts.records, counts.amendments, counts.cases, counts.events].map(|count| count.to_string());
    let [records, amendments, cases, events] = &numbers;
    let facts = [
        ("records", records.as_str()),
        ("amendments", amendments.as_str()),
        ("cases", cases.as_str()),
        ("events", events.as_str()),
    ];
    run.voice.line(&run.voice.say("demo.made", &facts))?;
    let mut table =
        Table::new(["head.user", "head.role", "head.password"].map(|key| run.voice.say(key, &[])));
    for person in &made.people {
        table.row([person.name.clone(), run.voice.word("user_role", person.role), plain(&person.password)]);
    }
    table.print(&run.voice)?;
    let token = [("name", made.archivist.0.as_str()), ("token", &plain(&made.archivist.1))];
    run.voice.line(&run.voice.say("init.archivist", &token))?;
    run.voice.remark("demo.once", &[]);
    Ok(())
}
