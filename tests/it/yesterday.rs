//! Archives that older programs wrote. Each folder of `tests/archives` holds one, with its keys (which
//! are test keys, known to everybody) and the shapes of the facts in its ledger. It must open, check,
//! be read and be written to for as long as there is a program of this name.
//!
//! The folder of a new form of archive is made by this test itself:
//! `MUNIMENT_KEEP_ARCHIVE=tests/archives/2 cargo test --features postgres --test it yesterday`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::desk::{binary, code, done, json, refused, run, run_as, stderr};
use super::machine::Machine;

/// The password of everybody in these archives.
pub(super) const PASSWORD: &str = "a password of yesterday";
/// What the first record says.
const AUTHORIZATION: &str = "兹授权贵公司处理数据";
/// Kinds of entries that the archive made here has none of.
const NOT_MADE: [&str; 3] = [
    // Entered once a minute, which no test waits for.
    "logins_failed",
    // Only after the index was lost or its engine changed.
    "index_rebuilt",
    // Only after a clock jumped.
    "clock_confirmed",
];

/// A policy of one rule.
const POLICY: &str = r#"
format = 1
id = "house"
version = 1
title = "服务记录保管期限"
owner = "个人信息保护负责人"
[effect]
metric = "到期后 90 日内完成处置的比例"
target = "≥ 95 %"
[[approval]]
id = "standard"
[[approval.stage]]
name = "档案部门审核"
roles = ["archivist"]
[[category]]
id = "service.ticket"
title = "工单"
[[obligation]]
id = "tickets"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { categories = ["service.ticket"] }
kind = "floor"
trigger = "occurred"
period = "P9Y"
action = "destroy"
approvals = "standard"
citations = ["电子商务法第31条"]
certainty = "A"
"#;

/// An archive in the making.
pub(super) struct Making {
    pub(super) machine: Machine,
    password_file: String,
}

impl Making {
    pub(super) fn new() -> Self {
        let machine = Machine::empty();
        let password_file = machine.write("password", PASSWORD);
        let made = json(&run(&machine.data(), &["init", "--json"]));
        let making = Self { machine, password_file };
        making.change_password("admin", made["administrator"]["password"].as_str().unwrap());
        making
    }

    fn change_password(&self, name: &str, one_time: &str) {
        let words = ["user", "password", "--new-password-file", &self.password_file];
        done(run_as(&self.data(), name, one_time, &words));
    }

    pub(super) fn user(&self, name: &str, role: &str) {
        let made = self.admin(&["user", "create", name, "--role", role, "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        self.change_password(name, made["password"].as_str().unwrap());
    }

    pub(super) fn data(&self) -> PathBuf {
        self.machine.data()
    }

    pub(super) fn fine(&self, words: &[&str]) -> String {
        done(run(&self.data(), words))
    }

    fn admin(&self, words: &[&str]) -> String {
        self.by("admin", words)
    }

    pub(super) fn by(&self, name: &str, words: &[&str]) -> String {
        done(run_as(&self.data(), name, PASSWORD, words))
    }

    pub(super) fn file(&self, name: &str, content: &str) -> String {
        self.machine.write(name, content)
    }

    /// An export that somebody else agrees to; the package.
    fn export(&self, case: &str, to: &str) -> PathBuf {
        export(&self.data(), case, &self.machine.path(to))
    }
}

fn export(data: &Path, case: &str, output: &Path) -> PathBuf {
    let words = ["export", "evidence", "--case", case, "--purpose", "举证", "--output"];
    let words = [&words[..], &[output.to_str().unwrap()]].concat();
    let asked = run(data, &words);
    refused(&asked, 3, "needs_second_person");
    let said = stderr(&asked);
    let id = said.split("--approval ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    done(run_as(data, "privacy", PASSWORD, &["approval", "approve", &id]));
    PathBuf::from(done(run(data, &[&words[..], &["--approval", &id]].concat())))
}

/// Makes an archive whose ledger has, for every kind that this program enters, at least one entry.
fn make() -> Making {
    let archive = Making::new();
    people(&archive);
    let (ticket, log) = evidence(&archive);
    cases(&archive, &ticket);
    erasure(&archive, &format!("{log}.1"));
    holds(&archive, &format!("{log}.0"));
    policy(&archive);
    disposition(&archive);
    let event = [
        "event",
        "add",
        "relationship_ended",
        "--key",
        "case=SC-1",
        "--on",
        "2026-03-01",
        "--reason",
        "补登",
    ];
    archive.by("privacy", &event);
    archive.fine(&["open", &ticket, "--purpose", "查看", "--output", "-"]);
    archive.fine(&["open", &ticket, "--redacted", "--output", "-"]);
    archive.fine(&["search", "授权"]);
    refused(&run_as(&archive.data(), "clerk", PASSWORD, &["user", "list"]), 3, "forbidden");
    fs::copy(archive.export("SC-1", "out"), archive.machine.path("package.zip")).unwrap();
    keys(&archive);
    archive
}

pub(super) fn people(archive: &Making) {
    archive.user("clerk", "service");
    archive.user("counsel", "legal");
    archive.user("partner", "legal");
    archive.user("privacy", "privacy_officer");
    archive.user("officer", "privacy_officer");
    archive.user("keeper", "archivist");
    archive.admin(&["user", "roles", "clerk", "--role", "trainer"]);
    archive.admin(&["user", "roles", "clerk", "--role", "service"]);
    archive.admin(&["user", "disable", "clerk"]);
    archive.admin(&["user", "enable", "clerk"]);
    let token = archive.admin(&["token", "create", "--scopes", "record:list", "--json"]);
    let token: Value = serde_json::from_str(&token).unwrap();
    archive.admin(&["token", "revoke", token["id"].as_str().unwrap()]);
}

/// An entry of a log that two persons erase.
fn erasure(archive: &Making, entry: &str) {
    let words = ["erase", entry, "--reason", "wrongly_captured"];
    let id = archive.by("privacy", &[&words[..], &["--note", "误采集"]].concat());
    archive.by("officer", &["approval", "approve", &id]);
    // Nobody is there to be asked.
    let approved = [&words[..], &["--approval", &id]].concat();
    assert_eq!(code(&run_as(&archive.data(), "privacy", PASSWORD, &approved)), 2);
    archive.by("privacy", &[&approved[..], &["--yes"]].concat());
    let told = archive.fine(&["show", entry, "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["entry"]["erased"]["reason"], "wrongly_captured");
    assert!(archive.fine(&["show", entry]).lines().nth(1).unwrap().contains("wrongly captured"));
    let gone = run(&archive.data(), &["open", entry, "--purpose", "查看", "--output", "-"]);
    refused(&gone, 3, "entry_erased");
}

/// A policy from its draft to the evaluation of its effect.
pub(super) fn policy(archive: &Making) {
    let file = archive.file("house.toml", POLICY);
    let privacy = |words: &[&str]| archive.by("privacy", words);
    privacy(&["policy", "import", &file]);
    privacy(&["policy", "submit", "house@1"]);
    let words = ["policy", "review", "house@1", "--decision", "keep", "--participant", "management=王甲"];
    privacy(&[&words[..], &["--answer", "law=已核对"]].concat());
    let simulated: Value =
        serde_json::from_str(&privacy(&["policy", "simulate", "house@1", "--json"])).unwrap();
    assert_eq!(simulated["simulation"]["newly_due"], 0);
    let hash = simulated["simulation"]["hash"].as_str().unwrap();
    let words = ["policy", "publish", "house@1", "--simulation", hash];
    let id = privacy(&[&words[..], &["--reason", "评审已通过"]].concat());
    archive.by("officer", &["approval", "approve", &id]);
    privacy(&[&words[..], &["--approval", &id]].concat());
    archive.by("officer", &["policy", "acknowledge", "house@1"]);
    let suggestion = archive.by("officer", &["policy", "suggest", "house@1", "--text", "请写明例外"]);
    privacy(&["policy", "answer", &suggestion, "--decision", "accepted", "--text", "已写明"]);
    privacy(&["policy", "evaluate", "house@1", "--outcome", "met", "--after", "97 %"]);
    let shown: Value = serde_json::from_str(&archive.fine(&["policy", "show", "house", "--json"])).unwrap();
    assert_eq!(shown["version"]["stage"], "published");
    assert!(archive.fine(&["policy", "list"]).contains("house"));
    let plan = archive.fine(&["policy", "file-plan", "export", "house"]);
    assert!(plan.contains("KeepAndDelete,3288,CreationAgeInDays"), "{plan}");
    let beside = archive.fine(&["policy", "compare", "--with", "tw-general", "house", "--json"]);
    assert!(beside.contains("\"how\":\"missing\""), "{beside}");
    assert!(archive.fine(&["policy", "diff", "house@1", &file]).is_empty());
}

/// Three tickets that are due: one is kept for longer, one is destroyed, and one is read again after the recovery of
/// keys.
fn disposition(archive: &Making) {
    let old = |name: &str| {
        let file = archive.file(name, &format!("旧工单 {name}"));
        archive.fine(&["capture", "--kind", "ticket", "--occurred", "2012-03-01", &file])
    };
    let (longer, gone, back) = (old("longer.txt"), old("gone.txt"), old("back.txt"));
    let words = ["disposition", "propose", &longer, &gone, &back, "--reason", "保管期满"];
    let id = archive.by("privacy", &words);
    let decide = |words: &[&str]| archive.by("keeper", &[&["disposition", "decide", &id], words].concat());
    decide(&["--verdict", "extend", "--record", &longer, "--period", "P2Y", "--reason", "尚有纠纷"]);
    decide(&["--verdict", "approve"]);
    archive.by("privacy", &["disposition", "seal", &id]);
    archive.by("privacy", &["disposition", "restore", &id, "--record", &back]);
    archive.by("privacy", &["disposition", "shred", &id, "--yes"]);
    let shown = archive.by("privacy", &["disposition", "show", &id, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["state"], "finished");
}

/// Records of each kind; gives the ticket and the log.
fn evidence(archive: &Making) -> (String, String) {
    let file = archive.file("a.txt", AUTHORIZATION);
    let words =
        ["capture", "--kind", "authorization", "--occurred", "2026-01-02", "--party", "grantor=甲公司"];
    let authorization = archive.fine(&[&words[..], &[&file]].concat());
    let file = archive.file("t.txt", "工单");
    let (when, link) = ("2026-03-01T10:00:00+08:00", format!("performed_under={authorization}"));
    let words = ["capture", "--kind", "ticket", "--case", "SC-1", "--occurred", when, "--source", "crm=7"];
    let more = ["--party", "customer=甲公司", "--link", &link, "--tag", "标签", &file];
    let ticket = archive.fine(&[&words[..], &more].concat());
    let file = archive.file("t2.txt", "更正");
    let words = ["capture", "--kind", "ticket", "--occurred", "2026-03-02", "--amends", &ticket, &file];
    archive.fine(&words);
    // Beyond what shares the database's commit: a payload file.
    let long = archive.file("long.txt", &"长".repeat(22_000));
    archive.fine(&["capture", "--kind", "ticket", "--case", "SC-1", "--occurred", "2026-03-01", &long]);
    // Of a format that is read, and no text: the search below finds out.
    let odd = archive.file("odd.txt", &"\u{1}".repeat(9));
    archive.fine(&["capture", "--kind", "ticket", "--case", "SC-1", "--occurred", "2026-03-01", &odd]);
    let entry = r#"{"at":"2026-03-01T01:05:00Z","operation":"use","purpose":"x","data_category":"log","system":"CRM","actor":"j","count":3}"#;
    let log = archive.file("e.jsonl", &format!("{entry}\n{entry}\n"));
    let words = ["capture", "--kind", "processing_log", "--case", "SC-1", "--occurred", "2026-03-01"];
    let log = archive.fine(&[&words[..], &["--entries", &log]].concat());
    (ticket, log)
}

fn cases(archive: &Making, ticket: &str) {
    archive.fine(&["case", "open", "--reference", "SC-2", "--title", "标题"]);
    archive.fine(&["case", "change", "SC-1", "--priority", "P1"]);
    let event = ["case", "event", "SC-1", "cost", "--minutes", "30", "--note", "加班", "--record", ticket];
    let event = archive.fine(&event);
    archive.fine(&["case", "cancel", "SC-1", &event, "--reason", "记错案卷"]);
    archive.fine(&["case", "explain", "SC-1", "G8.resolution", "--words", "仍在处理"]);
    let shown: Value = serde_json::from_str(&archive.fine(&["case", "show", "SC-1", "--json"])).unwrap();
    let case = shown["case"]["id"].as_str().unwrap();
    archive.admin(&["user", "grant", "clerk", "--case", case]);
    let open = ["matter", "open", "--reference", "FW-1", "--kind", "litigation", "--title", "纠纷"];
    archive.by("counsel", &[&open[..], &["--evidence-deadline", "2026-12-31"]].concat());
    archive.by("counsel", &["matter", "add", "FW-1", "counsel", "--duty", "counsel"]);
}

/// A hold in the matter, that stops a destruction, grows, is told and is released; then the matter is closed.
fn holds(archive: &Making, entry: &str) {
    archive.by("counsel", &["matter", "add", "FW-1", "partner", "--duty", "substitute_approver"]);
    let words = ["hold", "place", "--matter", "FW-1", "--title", "证据保留", "--reason", "收到起诉状"];
    let hold = archive.by("counsel", &[&words[..], &["--category", "processing_log"]].concat());
    let shown = archive.fine(&["show", entry.split('.').next().unwrap(), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let category = shown["category"].as_str().unwrap().to_owned();
    archive.by("counsel", &["hold", "add", &hold, "--category", &category, "--custom", "合同编号=HT-1"]);
    archive.by("counsel", &["hold", "review", &hold, "--by", "2999-01-01"]);
    archive.by("counsel", &["hold", "review", &hold]);
    let words = ["erase", entry, "--reason", "wrongly_captured"];
    let id = archive.by("privacy", &[&words[..], &["--note", "误采集"]].concat());
    archive.by("officer", &["approval", "approve", &id]);
    let words = [&words[..], &["--approval", &id, "--yes"]].concat();
    refused(&run_as(&archive.data(), "privacy", PASSWORD, &words), 3, "held");
    let notice = archive.by("counsel", &["hold", "notice", &hold, "--to", "clerk", "--text", "请勿删除。"]);
    assert!(archive.by("clerk", &["hold", "notices"]).contains("请勿删除。"));
    archive.by("clerk", &["hold", "acknowledge", &notice]);
    let words = ["hold", "release", &hold];
    let asked = [&words[..], &["--authority", "判决书", "--reason", "已履行"]].concat();
    let id = archive.by("counsel", &asked);
    archive.by("partner", &["approval", "approve", &id]);
    archive.by("counsel", &[&words[..], &["--approval", &id]].concat());
    assert!(archive.by("counsel", &["hold", "show", &hold]).contains("判决书"));
    assert_eq!(archive.by("counsel", &["hold", "list", "--state", "released", "--ids"]), hold);
    archive.by("counsel", &["matter", "close", "FW-1"]);
}

/// What is done with keys, and what is found lying about.
fn keys(archive: &Making) {
    // One is sealed that the recovery key alone opens: it is read again by the recovery.
    refused(&run(&archive.data(), &["keys", "rotate"]), 3, "escrows_wait");
    archive.user("second", "administrator");
    let recovery = archive.data().with_file_name("data-keys").join("recovery.identity");
    let mut command = binary();
    command.env("MUNIMENT_PASSWORD", PASSWORD).env("MUNIMENT_SECOND_PASSWORD_FILE", &archive.password_file);
    command.args(["keys", "recover", "--as", "admin", "--approved-by", "second", "--reason", "lost"]);
    done(
        command.arg("--recovery-identity").arg(recovery).arg("--data").arg(archive.data()).output().unwrap(),
    );
    let serving = archive.machine.serve_under(&[], &[]);
    archive.fine(&["keys", "rotate"]);
    serving.stop();
    archive.fine(&["keys", "turn-epoch"]);
    let stray = archive.data().join("blobs/80/57/01890a5d-ac96-774b-bcce-b302099a8057");
    fs::create_dir_all(stray.parent().unwrap()).unwrap();
    fs::write(&stray, "noise").unwrap();
    let written = fs::metadata(&stray).unwrap().modified().unwrap();
    let day_before = written - std::time::Duration::from_secs(30 * 3_600);
    fs::File::options().write(true).open(&stray).unwrap().set_modified(day_before).unwrap();
    assert_eq!(code(&run(&archive.data(), &["fsck", "--repair"])), 1);
}

/// What the facts of each kind look like, in all entries of an archive.
fn shapes(data: &Path, folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    done(run(data, &["ledger", "export", "--output", folder.to_str().unwrap()]));
    let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in entries(&folder.join("tile/entries")) {
        let kind = entry["kind"].as_str().unwrap().to_owned();
        shape(&entry["facts"], "", shapes.entry(kind).or_default());
    }
    shapes
}

/// The entries of an exported ledger.
pub(super) fn entries(folder: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut entries = Vec::new();
    for path in files {
        if path.is_dir() {
            entries.extend(self::entries(&path));
            continue;
        }
        let bytes = fs::read(path).unwrap();
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
            entries.push(serde_json::from_slice(entry).unwrap());
            rest = after;
        }
    }
    entries
}

/// Each place in the facts with the class of what stands there; ids and digests in names are `*`.
fn shape(value: &Value, place: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if members.is_empty() => drop(into.insert(format!("{place}: nothing in it"))),
        Value::Array(items) if items.is_empty() => drop(into.insert(format!("{place}: none"))),
        Value::Object(members) => {
            for (name, value) in members {
                let is_ids = |part: &str| part.split('.').all(is_id);
                let name: Vec<&str> =
                    name.split('/').map(|part| if is_ids(part) { "*" } else { part }).collect();
                shape(value, &format!("{place}.{}", name.join("/")), into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shape(item, &format!("{place}[]"), into)),
        Value::Null => drop(into.insert(format!("{place}: null"))),
        Value::Bool(_) => drop(into.insert(format!("{place}: true or false"))),
        Value::Number(_) => drop(into.insert(format!("{place}: number"))),
        Value::String(text) => drop(into.insert(format!("{place}: {}", class(text)))),
    }
}

fn is_id(text: &str) -> bool {
    text.len() >= 32 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-') || text.parse::<u32>().is_ok()
}

fn class(text: &str) -> &'static str {
    let bytes = text.as_bytes();
    match bytes.len() {
        64 if is_id(text) => "digest",
        36 if is_id(text) => "id",
        27 if text.ends_with('Z') && bytes[10] == b'T' => "instant",
        10 if bytes[4] == b'-' && bytes[7] == b'-' => "date",
        _ => "word",
    }
}

fn written(shapes: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut text = String::new();
    for (kind, shape) in shapes {
        text += kind;
        text.push('\n');
        for line in shape {
            text += &format!("  {}\n", line.trim_start_matches('.'));
        }
    }
    text
}

fn archives() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Puts an archive that was kept where this program can open it.
fn laid_out(kept: &Path) -> Machine {
    let machine = Machine::empty();
    let put = |name: &str, mode: u32, content: &[u8]| {
        let path = machine.path(name);
        fs::DirBuilder::new().mode(0o700).recursive(true).create(path.parent().unwrap()).unwrap();
        let mut options = fs::File::options();
        options.write(true).create_new(true).mode(mode).open(path).unwrap().write_all(content).unwrap();
    };
    let mut zip = zip::ZipArchive::new(fs::File::open(kept.join("data.zip")).unwrap()).unwrap();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let name = file.name().unwrap().into_owned();
        put(&format!("data/{name}"), 0o600, &content);
    }
    for entry in fs::read_dir(kept.join("test-keys")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        put(&format!("data-keys/{name}"), 0o400, &fs::read(&path).unwrap());
    }
    machine
}

/// Keeps an archive for the programs to come.
fn keep(archive: &Making, facts: &str, folder: &Path) {
    let keys = folder.join("test-keys");
    fs::create_dir_all(&keys).unwrap();
    for entry in fs::read_dir(archive.machine.path("data-keys")).unwrap() {
        let path = entry.unwrap().path();
        let to = keys.join(path.file_name().unwrap());
        fs::write(to, fs::read(&path).unwrap()).unwrap();
    }
    let mut zip = zip::ZipWriter::new(fs::File::create(folder.join("data.zip")).unwrap());
    for path in archive.machine.files() {
        let name = path.strip_prefix(archive.data()).unwrap().to_str().unwrap().to_owned();
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(&path).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    fs::copy(archive.machine.path("package.zip"), folder.join("package.zip")).unwrap();
    fs::write(folder.join("facts.txt"), facts).unwrap();
}

#[test]
#[allow(clippy::disallowed_methods, reason = "whoever runs the tests says where a new archive is kept")]
fn every_kind_of_entry_has_the_facts_that_it_had_on_the_first_day() {
    let archive = make();
    let found = shapes(&archive.data(), &archive.machine.path("ledger"));
    let facts = written(&found);
    if let Some(folder) = std::env::var_os("MUNIMENT_KEEP_ARCHIVE") {
        keep(&archive, &facts, Path::new(&folder));
    }
    // The newest archive that was kept is of today's form.
    let kept = fs::read_to_string(archives().last().unwrap().join("facts.txt")).unwrap();
    assert_eq!(facts, kept, "readers of older ledgers know other facts:\n{facts}");
    let entered = kinds_entered();
    let missing = entered.iter().filter(|kind| !found.contains_key(*kind));
    assert_eq!(missing.collect::<BTreeSet<_>>(), NOT_MADE.map(str::to_owned).iter().collect());
}

/// The words of the kinds that the archive enters, as the code says.
fn kinds_entered() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/archive");
    let mut code = String::new();
    read_sources(&source, &mut code);
    let used: BTreeSet<&str> = code
        .split("EntryKind::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap())
        .collect();
    let list = include_str!("../../src/ledger/kind.rs");
    let pairs = list.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" = \""));
    let kinds: BTreeSet<String> =
        pairs.filter(|(name, _)| used.contains(name)).map(|(_, word)| word.to_owned()).collect();
    assert!(kinds.len() > 30, "{kinds:?}");
    kinds
}

fn read_sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !matches!(name, "tests" | "last_words") {
            read_sources(&path, into);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            into.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}

#[test]
fn an_archive_of_an_older_program_opens_checks_and_goes_on() {
    for kept in archives() {
        let machine = laid_out(&kept);
        let data = machine.data();
        let before = machine.assert_sound("as it was written");
        assert!(before["decrypted"].as_u64().unwrap() > 0, "{before}");

        let users = done(run_as(&data, "admin", PASSWORD, &["user", "list"]));
        assert!(users.contains("counsel"), "{users}");
        let ids = machine.ids();
        let opened = |id: &String| machine.fine(&["open", id, "--purpose", "x", "--output", "-"]).join("\n");
        assert_eq!(opened(ids.last().unwrap()), AUTHORIZATION);
        let is_there = |id: &&String| json(&run(&data, &["show", id, "--json"]))["state"] != "shredded";
        let there: Vec<&String> = ids.iter().filter(is_there).collect();
        assert!(there.len() < ids.len(), "one was destroyed");
        there.into_iter().for_each(|id| assert!(!opened(id).is_empty()));
        assert_eq!(machine.fine(&["search", "授权", "--json"]).len(), 1);
        let case = json(&run(&data, &["case", "show", "SC-1", "--json"]));
        assert_eq!(case["case"]["priority"], "P1");
        done(run_as(&data, "counsel", PASSWORD, &["matter", "show", "FW-1"]));

        let package = export(&data, "SC-1", &machine.path("out"));
        assert_eq!(code(&binary().arg("verify").arg(&package).output().unwrap()), 0);
        let again = machine.write("n.txt", "新工单");
        let words = ["capture", "--kind", "ticket", "--case", "SC-1", "--occurred", "2026-03-03", &again];
        machine.fine(&words);
        machine.fine(&["keys", "rotate"]);
        machine.assert_sound("after it was written to");

        let facts = written(&shapes(&laid_out(&kept).data(), &machine.path("ledger")));
        assert!(facts.contains("archive_created"));
    }
}

#[test]
fn an_evidence_package_of_an_older_program_verifies() {
    for kept in archives() {
        let package = kept.join("package.zip");
        let vkey = kept.join("test-keys/log.vkey");
        let checked = binary().arg("verify").arg(package).arg("--vkey").arg(vkey).output().unwrap();
        assert_eq!(code(&checked), 0, "{}", stderr(&checked));
    }
}
