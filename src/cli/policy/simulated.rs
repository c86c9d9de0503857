//! A simulation that was kept: found again by its hash, and told.

use serde_json::Value;

use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::open::path_segment;
use crate::cli::table::Table;

/// The newest simulation of a policy that has this hash; `None` if there is none.
pub(in crate::cli) async fn newest_simulation(
    client: &Client,
    policy: &str,
    hash: &str,
) -> Result<Option<Value>, Failure> {
    let path = format!("/api/v1/policies/{}/simulations", path_segment(policy));
    let list = client.json(&Ask::get(path)).await?;
    Ok(find::items(&list).iter().find(|item| text(item, "hash") == hash).cloned())
}

/// How many records of each category and month are shifted how.
pub(in crate::cli) fn shift_table(run: &Run, report: &Value) -> Result<(), Failure> {
    let voice = &run.voice;
    let heads = ["head.shift", "head.category", "head.month", "head.records"];
    let mut table = Table::new(heads.map(|key| voice.say(key, &[])));
    for group in report.get("groups").and_then(Value::as_array).into_iter().flatten() {
        let count = group.get("count").or_else(|| group.get("records"));
        table.row([
            voice.word("policy.shift", text(group, "shift")),
            text(group, "category").to_owned(),
            text(group, "month").to_owned(),
            count.map(Value::to_string).unwrap_or_default(),
        ]);
    }
    if table.is_empty() { voice.line(&voice.say("policy.no_shift", &[])) } else { table.print(voice) }
}
