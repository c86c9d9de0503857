//! `policy review` and `policy reviews`: 制度评审.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::args::{Review, Reviews};
use super::stored::version;
use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::{Clock as _, SystemClock};
use crate::cli::Run;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::find;
use crate::cli::list::text;
use crate::cli::open::path_segment;
use crate::cli::table::{Table, visible};

pub(super) fn enter(run: &Run, args: &Review) -> Result<(), Failure> {
    let body = body(args)?;
    run.with_archive(&args.at, async |client: &Client| {
        let version = version(client, &args.version).await?;
        let made = client.json(&version.change(Method::POST, "/reviews", &body)).await;
        let made = made.map_err(|failure| failure.about(version.name()))?;
        if run.voice.json {
            return run.voice.json_line(&made);
        }
        run.voice.line(text(&made, "id"))?;
        let decision = run.voice.word("policy.decision", &args.decision);
        run.voice.remark("policy.reviewed", &[("name", &version.name()), ("decision", &decision)]);
        Ok(())
    })
}

fn body(args: &Review) -> Result<Value, Failure> {
    let today =
        || CivilDate::of(SystemClock.now(), Zone::SHANGHAI).map(|day| day.to_string()).unwrap_or_default();
    let pairs = |list: &[String], option: &'static str, (first, second): (&'static str, &'static str)| {
        list.iter()
            .map(|pair| {
                let parted = pair.split_once('=');
                let (word, rest) = parted.ok_or_else(|| {
                    Failure::usage("policy.not_a_pair", &[("option", option), ("found", pair)])
                })?;
                Ok(json!({first: word.trim(), second: rest}))
            })
            .collect::<Result<Vec<Value>, Failure>>()
    };
    let mut body = Map::new();
    body.insert("held_on".to_owned(), json!(args.held_on.clone().unwrap_or_else(today)));
    body.insert("decision".to_owned(), json!(args.decision));
    if let Some(rule) = &args.rule {
        body.insert("rule".to_owned(), json!(rule));
    }
    let participants = pairs(&args.participants, "--participant", ("part", "name"))?;
    let answers = pairs(&args.answers, "--answer", ("question", "answer"))?;
    let actions: Vec<Value> = args.actions.iter().map(|what| json!({"what": what})).collect();
    body.insert("participants".to_owned(), json!(participants));
    for (name, list) in [
        ("answers", json!(answers)),
        ("complaints", json!(args.complaints)),
        ("gaps", json!(args.gaps)),
        ("actions", json!(actions)),
    ] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            body.insert(name.to_owned(), list);
        }
    }
    Ok(Value::Object(body))
}

pub(super) fn list(run: &Run, args: &Reviews) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let path = format!("/api/v1/policies/{}/reviews", path_segment(&args.policy));
        let page = client.json(&Ask::get(path)).await.map_err(|failure| failure.about(&args.policy))?;
        let voice = &run.voice;
        let heads = [
            "head.held_on",
            "head.recorded",
            "head.recorded_by",
            "head.version",
            "head.rule",
            "head.decision",
            "head.participants",
            "head.answers",
        ];
        let mut table = Table::new(heads.map(|key| voice.say(key, &[]))).elastic(7);
        for item in find::items(&page) {
            if voice.json {
                voice.json_line(item)?;
                continue;
            }
            let review = item.get("review").unwrap_or(&Value::Null);
            let said = |list: &str, name: &str| {
                let all = review.get(list).and_then(Value::as_array).into_iter().flatten();
                let all: Vec<&str> = all.map(|one| text(one, name)).collect();
                visible(&all.join(&voice.say("list.comma", &[])))
            };
            table.row([
                text(review, "held_on").to_owned(),
                voice.day(text(item, "recorded_at")),
                find::user_name(client, text(item, "recorded_by")).await?,
                item.get("version").map(Value::to_string).unwrap_or_default(),
                text(review, "rule").to_owned(),
                voice.word("policy.decision", text(review, "decision")),
                said("participants", "name"),
                said("answers", "answer"),
            ]);
        }
        if voice.json { Ok(()) } else { table.print(voice) }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Words {
        #[command(flatten)]
        review: Review,
    }

    #[test]
    fn pairs_become_members_and_what_is_none_is_named() {
        let of = |words: &[&str]| {
            let words = [&["x", "house@1", "--decision", "keep"], words].concat();
            body(&Words::parse_from(words).review)
        };
        let read = of(&["--participant", "management=王甲", "--answer", "law=符合=现行法"]).unwrap();
        assert_eq!(read["participants"], json!([{"part": "management", "name": "王甲"}]));
        assert_eq!(read["answers"], json!([{"question": "law", "answer": "符合=现行法"}]));
        assert!(read.get("actions").is_none());
        assert!(of(&["--participant", "王甲"]).is_err());
    }
}
