//! `explain`: why a record stands where it stands, as a sentence with its article; then how each rule was reckoned,
//! who decided it and since when; and the rules that match and do not count.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Run;
use super::args::Explain;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::text;
use super::open::path_segment;
use super::table::{Table, visible};
use super::voice::Voice;
use super::wrap::wrapped_lines;
use crate::base::civil::Zone;
use crate::base::moment::Moment;

/// How far what belongs to a rule stands in.
const INDENT: &str = "    ";

pub(super) fn run(run: &Run, args: &Explain) -> Result<(), Failure> {
    let mut path = format!("/api/v1/records/{}/retention", path_segment(&args.id));
    if let Some(at) = &args.on {
        path.push_str(&format!("?at={}", path_segment(at)));
    }
    run.with_archive(&args.at, async |client: &Client| {
        let explained =
            client.json(&Ask::get(path.clone())).await.map_err(|failure| failure.about(&args.id))?;
        if run.voice.json {
            return run.voice.json_line(&explained);
        }
        let decided = Decided::read(run, client).await?;
        Told { voice: &run.voice, explained: &explained, decided }.tell()
    })
}

/// In which policy each rule in force stands, since when, and by whose decision: in words.
struct Decided(BTreeMap<String, String>);

impl Decided {
    /// What of it the reader may know: nothing is no reason to say nothing of the record.
    async fn read(run: &Run, client: &Client) -> Result<Self, Failure> {
        let mut by_rule = BTreeMap::new();
        let list = match client.json(&Ask::get("/api/v1/policies")).await {
            Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope")) => {
                return Ok(Self(by_rule));
            }
            list => list?,
        };
        for line in find::items(&list) {
            let Some(number) = line.get("in_force").and_then(Value::as_u64) else { continue };
            let id = text(line, "id");
            let path = format!("/api/v1/policies/{}/versions/{number}", path_segment(id));
            let shown = client.json(&Ask::get(path)).await.map_err(|failure| failure.about(id))?;
            let version = shown.get("version").unwrap_or(&Value::Null);
            let published = version.get("published").unwrap_or(&Value::Null);
            let by = find::user_name(client, text(published, "by")).await?;
            let with = find::user_name(client, text(version, "countersigned_by")).await?;
            let facts = [
                ("policy", format!("{id}@{number}")),
                ("title", visible(text(line, "title"))),
                ("since", run.voice.moment(text(version, "effective_from"))),
                ("at", run.voice.moment(text(published, "at"))),
                ("by", by),
                ("with", with),
            ];
            let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
            let words = run.voice.say("why.decided", &facts);
            let rules = shown.pointer("/policy/obligation").and_then(Value::as_array);
            let ids = rules.into_iter().flatten().map(|rule| text(rule, "id").to_owned());
            by_rule.extend(ids.map(|id| (id, words.clone())));
        }
        Ok(Self(by_rule))
    }
}

struct Told<'t> {
    voice: &'t Voice,
    explained: &'t Value,
    decided: Decided,
}

impl Told<'_> {
    fn tell(&self) -> Result<(), Failure> {
        let voice = self.voice;
        let verdict = self.verdict();
        let mut table = Table::facts();
        table.row([voice.say("head.record", &[]), text(verdict, "record").to_owned()]);
        table.row([voice.say("head.at", &[]), voice.moment(text(self.explained, "at"))]);
        table.row([voice.say("head.state", &[]), voice.word("record_state", text(verdict, "state"))]);
        table.print(voice)?;
        voice.line("")?;
        for sentence in self.sentences() {
            self.line("", &sentence)?;
        }
        for blocker in self.blockers() {
            self.line("", &format!("✗ {blocker}"))?;
        }
        self.rules()
    }

    fn verdict(&self) -> &Value {
        self.explained.get("verdict").unwrap_or(&Value::Null)
    }

    fn line(&self, indent: &str, words: &str) -> Result<(), Failure> {
        let words = format!("{indent}{}", visible(words));
        let voice = self.voice;
        voice.line(&voice.width.map_or_else(|| words.clone(), |width| wrapped_lines(&words, width)))
    }

    fn say(&self, key: &str, facts: &[(&str, &str)]) -> String {
        self.voice.say(key, facts)
    }

    /// What follows for the record: to be quoted.
    fn sentences(&self) -> Vec<String> {
        let verdict = self.verdict();
        let is_over = |end: &Value| {
            let from = Moment::parse(text(end, "disposable_from")).ok();
            from.zip(Moment::parse(text(verdict, "at")).ok()).is_some_and(|(from, at)| from <= at)
        };
        let mut sentences = Vec::new();
        if let Some(floor) = verdict.get("floor") {
            let end = floor.get("end").unwrap_or(&Value::Null);
            let key = match (text(end, "never"), is_over(end)) {
                ("permanent", _) => "why.keep_for_ever",
                ("", true) => "why.kept_long_enough",
                ("", false) => "why.keep",
                _ => "why.keep_unknown",
            };
            sentences.push(self.bound(key, floor));
        }
        if let Some(ceiling) = verdict.get("ceiling") {
            sentences.push(self.bound("why.erase", ceiling));
        }
        if verdict.get("conflict").is_some() {
            sentences.push(self.say("why.conflict", &[]));
        }
        if self.has_task("unclassified") {
            sentences.push(self.say("why.unclassified", &[]));
        }
        let due = text(verdict, "due_from");
        if !due.is_empty() {
            let action = self.voice.word("policy.action", text(verdict, "action"));
            let key = match verdict.get("mandatory") == Some(&Value::Bool(true)) {
                true => "why.must_go",
                false => "why.may_go",
            };
            sentences.push(self.say(key, &[("due", &self.voice.moment(due)), ("action", &action)]));
        }
        sentences
    }

    fn has_task(&self, kind: &str) -> bool {
        let tasks = self.verdict().get("tasks").and_then(Value::as_array).into_iter().flatten();
        tasks.into_iter().any(|task| text(task, "kind") == kind)
    }

    /// An end with the rule that sets it.
    fn bound(&self, key: &str, bound: &Value) -> String {
        let end = bound.get("end").unwrap_or(&Value::Null);
        let source = bound.get("source").unwrap_or(&Value::Null);
        let why = self.voice.word("never", text(end, "never"));
        let rule = match source.get("rule") {
            Some(rule) => self.cited(rule),
            None => self.voice.word("why.source", text(source, "kind")),
        };
        let rule = match text(source, "kind") {
            kind @ ("residual" | "inherited") => {
                self.say(&format!("why.source.{kind}"), &[("rule", &rule), ("from", text(source, "from"))])
            }
            _ => rule,
        };
        let (day, zone) = (text(end, "last_day"), text(end, "zone"));
        let day = if day.is_empty() { self.voice.moment(text(end, "disposable_from")) } else { day.into() };
        self.say(key, &[("day", &day), ("zone", zone), ("why", &why), ("rule", &rule)])
    }

    /// The text of a rule that matches.
    fn obligation(&self, id: &str) -> Option<&Value> {
        let all = self.explained.get("obligations").and_then(Value::as_array)?;
        all.iter().filter_map(|told| told.get("rule")).find(|rule| text(rule, "id") == id)
    }

    /// A rule by its title, with its articles and how sure they are.
    fn cited(&self, reference: &Value) -> String {
        let id = text(reference, "id");
        let name = format!("{id}@{}", reference.get("version").map(Value::to_string).unwrap_or_default());
        let Some(rule) = self.obligation(id) else { return name };
        let title = if text(rule, "title").is_empty() { id } else { text(rule, "title") };
        self.say("why.cited", &[("title", title), ("rule", &name), ("law", &self.law(rule))])
    }

    /// The articles of a rule, how sure they are, and whether they ask or only guided who decided.
    fn law(&self, rule: &Value) -> String {
        let citations = rule.get("citations").and_then(Value::as_array).into_iter().flatten();
        let citations: Vec<&str> = citations.filter_map(Value::as_str).collect();
        let certainty = self.voice.word("why.certainty", text(rule, "certainty"));
        let basis = if text(rule, "basis").is_empty() { "law" } else { text(rule, "basis") };
        let citations = citations.join(&self.say("why.semicolon", &[]));
        let key = match citations.is_empty() {
            true => "why.law.none".to_owned(),
            false => format!("why.law.{basis}"),
        };
        self.say(&key, &[("citations", &citations), ("certainty", &certainty)])
    }

    /// All that is in the way of a destruction.
    fn blockers(&self) -> Vec<String> {
        let blockers = self.verdict().get("blockers").and_then(Value::as_array).into_iter().flatten();
        blockers.map(|blocker| self.blocker(blocker)).collect()
    }

    fn blocker(&self, blocker: &Value) -> String {
        let voice = self.voice;
        let what = voice.word("blocker", text(blocker, "kind"));
        let more = match text(blocker, "kind") {
            "hold" => text(blocker, "id").to_owned(),
            "grace" | "cooling_off" | "compliance_lock" | "governance_lock" => {
                voice.moment(text(blocker, "until"))
            }
            "not_due" => voice.moment(text(blocker, "from")),
            "action" => voice.word("policy.action", text(blocker, "action")),
            "review_overdue" => {
                let rule = blocker.get("rule").map(|rule| text(rule, "id")).unwrap_or_default();
                format!("{rule} {}", text(blocker, "on"))
            }
            _ => String::new(),
        };
        if more.is_empty() { what } else { self.say("why.more", &[("what", &what), ("more", &more)]) }
    }

    /// Each rule with its steps: those that are weighed, then those that do nothing.
    fn rules(&self) -> Result<(), Failure> {
        let steps = self.explained.get("steps").and_then(Value::as_array).map(Vec::as_slice);
        let steps = steps.unwrap_or_default();
        let groups: Vec<&[Value]> = steps.chunk_by(|_, next| text(next, "step") != "rule").collect();
        let is_weighed = |group: &&&[Value]| {
            let standing = group.first().map(|rule| text(rule, "standing"));
            matches!(standing, Some("counts" | "stays" | "unchecked"))
        };
        let (weighed, others): (Vec<&[Value]>, Vec<&[Value]>) = groups.iter().partition(is_weighed);
        let versions = self.explained.pointer("/facts/versions").and_then(Value::as_array);
        let is_one = versions.is_none_or(|versions| versions.len() < 2);
        for (key, groups) in [("why.weighed", weighed), ("why.others", others)] {
            if !groups.is_empty() {
                self.voice.line("")?;
                self.voice.line(&self.voice.strong(&self.say(key, &[])))?;
            }
            for group in groups {
                self.rule(group, is_one)?;
            }
        }
        Ok(())
    }

    fn rule(&self, group: &[Value], is_one: bool) -> Result<(), Failure> {
        let Some((head, steps)) = group.split_first() else { return Ok(()) };
        let voice = self.voice;
        let standing = voice.word("why.standing", text(head, "standing"));
        let reference = serde_json::json!({"id": text(head, "rule"), "version": head.get("version")});
        let of = head.get("record_version").map(Value::to_string).unwrap_or_default();
        let standing =
            if is_one { standing } else { self.say("why.version", &[("standing", &standing), ("of", &of)]) };
        self.line("  ", &format!("{}{}", self.cited(&reference), standing))?;
        if let Some(rule) = self.obligation(text(head, "rule")) {
            let kind = voice.word("policy.kind", text(rule, "kind"));
            let period = match text(rule, "period") {
                word @ ("permanent" | "trigger" | "to-be-set") => voice.word("policy.period", word),
                period => voice.duration(period),
            };
            self.line(INDENT, &self.say("why.asks", &[("kind", &kind), ("period", &period)]))?;
            if !text(rule, "note").is_empty() {
                self.line(INDENT, &self.say("why.note", &[("note", text(rule, "note"))]))?;
            }
        }
        if let Some(decided) = self.decided.0.get(text(head, "rule")) {
            self.line(INDENT, decided)?;
        }
        for step in steps {
            self.line(INDENT, &format!("· {}", self.step(step)))?;
        }
        Ok(())
    }

    fn step(&self, step: &Value) -> String {
        let voice = self.voice;
        let of = self.date(text(step, "of"));
        let zone = Zone::parse(text(step, "zone")).unwrap_or(Zone::SHANGHAI);
        let happened = self.event(text(step, "id"));
        let among = step.get("among").map(Value::to_string).unwrap_or_default();
        let facts = [
            ("of", of),
            ("day", text(step, "day").to_owned()),
            ("event", happened),
            ("id", text(step, "id").to_owned()),
            ("among", among),
            ("why", voice.word("never", text(step, "why"))),
            ("from", text(step, "from").to_owned()),
            ("period", voice.duration(text(step, "period"))),
            ("calendar", voice.word("why.calendar", text(step, "calendar"))),
            ("last_day", text(step, "last_day").to_owned()),
            ("zone", text(step, "zone").to_owned()),
            ("disposable_from", voice.moment_in(text(step, "disposable_from"), zone)),
        ];
        let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
        self.say(&format!("why.step.{}", text(step, "step")), &facts)
    }

    /// A date that rules ask for, in words where it is one that every record has.
    fn date(&self, of: &str) -> String {
        if let Some(field) = of.strip_prefix("meta(\"").and_then(|rest| rest.strip_suffix("\")")) {
            return self.say("why.date.meta", &[("field", field)]);
        }
        if of.starts_with("majority(") {
            return self.say("why.date.majority", &[]);
        }
        self.voice.word("why.date", of)
    }

    /// What happened, by the event's id.
    fn event(&self, id: &str) -> String {
        let events = self.explained.pointer("/facts/events").and_then(Value::as_array);
        let event = events.into_iter().flatten().find(|event| text(event, "id") == id);
        event.map(|event| text(event, "type").to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;
    use crate::policy::shipped;
    use crate::retention::{Now, RuleStanding, Schedule, explain, read_case};
    use crate::words::Language;

    fn told(language: Language, pack: &str, case: &str, on: &str) -> (Vec<String>, Vec<String>) {
        let schedule = Schedule::of(&shipped(pack).unwrap().unwrap());
        let facts = read_case(&serde_json::from_str(case).unwrap(), &schedule).unwrap();
        let now = Now::sane(Moment::parse(on).unwrap());
        let explained = explain(&facts, &schedule, &[], &[], now).to_json().clone();
        let voice = Voice::new(Some(language), false, &Environment::default());
        let told = Told { voice: &voice, explained: &explained, decided: Decided(BTreeMap::new()) };
        let steps = explained["steps"].as_array().unwrap().iter().map(|step| told.step(step)).collect();
        (told.sentences(), steps)
    }

    #[test]
    fn a_lawyer_reads_until_when_by_which_article_and_how_sure_that_is() {
        let voucher = r#"{"record": {"category": "acct.voucher"}, "occurred": "2024-03-05"}"#;
        let (sentences, _) = told(Language::ZhCn, "cn-accounting", voucher, "2035-06-01T00:00:00Z");
        let first = &sentences[0];
        for part in ["2054-12-31", "会计凭证、会计账簿", "cn.acct.voucher@1", "第14条", "未核对条文"]
        {
            assert!(first.contains(part), "{part}: {first}");
        }
        let chart = r#"{"record": {"category": "tw.med.chart", "jurisdiction": "TW"}, "zone": "Asia/Taipei",
            "occurred": "2015-03-02", "meta": {"birth_date": "1970-01-01", "last_care_on": "2022-09-30"}}"#;
        let (sentences, _) = told(Language::ZhTw, "tw-general", chart, "2026-11-22T00:00:00Z");
        assert!(
            sentences[0].contains("2029-09-30") && sentences[0].contains("醫療法第70條"),
            "{sentences:?}"
        );
        let nothing = r#"{"record": {"category": "nobody.knows"}, "occurred": "2024-03-05"}"#;
        let (sentences, _) = told(Language::En, "cn-accounting", nothing, "2035-06-01T00:00:00Z");
        assert_eq!(sentences, ["No rule that counts is about it: it is kept until one is."]);
    }

    #[test]
    fn every_step_and_standing_is_said_in_every_language() {
        let case = r#"{"record": {"category": "acct.voucher"}, "occurred": "2024-03-05"}"#;
        for language in Language::ALL {
            let (_, steps) = told(language, "cn-accounting", case, "2035-06-01T00:00:00Z");
            let steps = steps.iter().filter(|step| !step.starts_with("why.step.rule"));
            assert!(steps.clone().count() > 3);
            steps.for_each(|step| assert!(!step.contains("why.") && !step.contains('…'), "{step}"));
            let say = |key: &str| crate::cli::say::say(language, key, &[]);
            for standing in RuleStanding::WORDS {
                let key = format!("why.standing.{standing}");
                assert_ne!(say(&key), key);
            }
            for step in ["date", "event", "unknown", "plus", "fiscal_year_end", "calendar_year_end"] {
                assert_ne!(say(&format!("why.step.{step}")), format!("why.step.{step}"));
            }
            for step in ["max", "min", "all", "any", "ends", "never"] {
                assert_ne!(say(&format!("why.step.{step}")), format!("why.step.{step}"));
            }
        }
    }
}
