//! `config check`, `config show`: which settings are in force, and where each comes from.

use serde_json::json;

use super::Run;
use super::args::{ConfigArgs, ConfigVerb};
use super::failure::Failure;
use super::table::Table;
use crate::config::{Config, Sources};
use crate::words::Refusal;

pub(super) fn run(run: &Run, verb: &ConfigVerb) -> Result<(), Failure> {
    let (ConfigVerb::Check(args) | ConfigVerb::Show(args)) = verb;
    let sources = Sources::of_process(args.config.clone(), flags(args)?);
    let resolved = Config::resolve(&with_short_names(sources))?;
    if matches!(verb, ConfigVerb::Check(_)) {
        run.voice.remark("config_fine", &[]);
        return Ok(());
    }
    let heads = ["head.setting", "head.value", "head.origin"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for shown in resolved.show() {
        let origin = shown.origin.as_str();
        if run.voice.json {
            run.voice.json_line(&json!({"name": shown.name, "value": shown.value, "origin": origin}))?;
        } else {
            let value = shown.value.clone().unwrap_or_default();
            table.row([shown.name.to_owned(), value, run.voice.word("origin", origin)]);
        }
    }
    if !run.voice.json {
        table.print(&run.voice)?;
    }
    Ok(())
}

fn flags(args: &ConfigArgs) -> Result<Vec<(&'static str, String)>, Failure> {
    let given =
        [("archive.data", &args.data), ("archive.keys", &args.keys), ("archive.identity", &args.identity)];
    let named = given.into_iter().filter_map(|(setting, path)| Some((setting, path.as_ref()?)));
    named
        .map(|(setting, path)| match path.to_str() {
            Some(text) => Ok((setting, text.to_owned())),
            None => Err(Refusal::FileUnreadable { path: path.display().to_string() }.into()),
        })
        .collect()
}

/// The variables that stand for a flag of every verb outweigh those of settings, as they do there.
fn with_short_names(mut sources: Sources) -> Sources {
    for (short, long) in
        [("MUNIMENT_DATA", "MUNIMENT__ARCHIVE__DATA"), ("MUNIMENT_KEYS", "MUNIMENT__ARCHIVE__KEYS")]
    {
        let set = sources.environment.iter().find(|(name, value)| name == short && !value.is_empty());
        if let Some((_, value)) = set.cloned() {
            sources.environment.push((long.to_owned(), value));
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_every_verb_takes_for_the_data_directory_is_shown_with_its_origin() {
        let of = |flags: Vec<(&'static str, String)>| {
            let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let environment =
                vec![variable("MUNIMENT_DATA", "/srv/a"), variable("MUNIMENT__ARCHIVE__DATA", "/srv/b")];
            let sources = Sources { file: None, environment, flags };
            let resolved = Config::resolve(&with_short_names(sources)).unwrap();
            let shown = resolved.show().iter().find(|shown| shown.name == "archive.data").unwrap();
            (shown.value.clone().unwrap_or_default(), shown.origin.as_str())
        };
        assert_eq!(of(Vec::new()), ("/srv/a".to_owned(), "environment"));
        let args =
            ConfigArgs { config: None, data: Some(PathBuf::from("/srv/c")), keys: None, identity: None };
        assert_eq!(of(flags(&args).unwrap()), ("/srv/c".to_owned(), "flag"));
    }
}
