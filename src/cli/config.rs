//! `config check`, `config show`: which settings are in force, and where each comes from.

use serde_json::json;

use super::Run;
use super::args::{ConfigArgs, ConfigVerb};
use super::failure::Failure;
use super::table::Table;
use crate::config::{Config, Sources};

pub(super) fn run(run: &Run, verb: &ConfigVerb) -> Result<(), Failure> {
    let (ConfigVerb::Check(ConfigArgs { config }) | ConfigVerb::Show(ConfigArgs { config })) = verb;
    let resolved = Config::resolve(&Sources::of_process(config.clone(), Vec::new()))?;
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
