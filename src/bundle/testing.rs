//! A small log and bundles made from it, the same on every run; and tools to tamper with them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::entropy::SeededEntropy;
use crate::base::id::{ComponentId, RecordId, UserId};
use crate::base::moment::Moment;
use crate::base::secret::{SecretBytes, SecretKey};
use crate::ledger::checkpoint::{LogKey, Origin, sign};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind, encode};
use crate::ledger::tree::{Hash, leaf_hash, small_inclusion, small_root};
use crate::record::descriptor::Descriptor;
use crate::seal::commitment::{CommitmentKey, commit};

use super::ProvenEntry;
use super::frozen::{Correction, FrozenCustody, FrozenVersions, begun_facts};
use super::name::BundleName;
use super::plan::{
    BundleKind, FailedReason, Ordinals, Outcome, Plan, PlannedItem, Selection, WithheldReason,
};
use super::verify::{Known, Options, Report, verify};
use super::writer::{BundleWriter, Finished, LogEntryInput, LogInput, RecordInput, ReleasedDescriptor};

const ORIGIN: &str = "archive.example.com/muniment";
const DESCRIPTOR: &[u8] = include_bytes!("../../docs/formats/descriptor-v1.json");

/// A record with its plaintexts and keys.
pub(super) struct Sample {
    pub record: RecordId,
    pub entry: usize,
    pub natives: Vec<Vec<u8>>,
    pub keys: Vec<CommitmentKey>,
    pub descriptor_key: CommitmentKey,
}

/// A log with what it is about.
pub(super) struct World {
    pub key: LogKey,
    pub entries: Vec<Vec<u8>>,
    pub samples: Vec<Sample>,
    entropy: SeededEntropy,
    pub items: Vec<PlannedItem>,
    begun: usize,
    pub corrections: BTreeSet<Correction>,
}

pub(super) fn log_key(byte: u8) -> LogKey {
    LogKey::from_seed(&SecretKey::take(&mut [byte; 32]), Origin::parse(ORIGIN).unwrap())
}

fn at(second: i64) -> Moment {
    Moment::parse("2026-03-01T08:30:00Z").unwrap().plus_seconds(second)
}

/// The lines of the sample log, as its segment holds them.
pub(super) fn log_lines() -> Vec<Vec<u8>> {
    (0..5)
        .map(|n| canonical::to_bytes(&json!({"at": format!("2026-02-0{}T01:00:00Z", n + 1), "n": n})))
        .collect()
}

impl World {
    /// The world of the golden bundle: two whole records (one of two files), two entries of a
    /// segment of five, a whole segment, one item withheld.
    pub(super) fn new() -> Self {
        Self::with(false)
    }

    /// The same with an item that failed.
    pub(super) fn partial() -> Self {
        Self::with(true)
    }

    fn with(failed: bool) -> Self {
        let mut world = Self {
            key: log_key(7),
            entries: Vec::new(),
            samples: Vec::new(),
            entropy: SeededEntropy::new(11),
            items: Vec::new(),
            begun: 0,
            corrections: BTreeSet::new(),
        };
        world.enter(EntryKind::ArchiveCreated, "archive", json!({}));
        let pdf = b"%PDF-1.7 \xE6\x8E\x88\xE6\x9D\x83".to_vec();
        world.capture(&[("application/pdf", pdf), ("image/jpeg", vec![0xFF; 300])], false);
        let log = log_lines().iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect::<Vec<u8>>();
        world.capture(&[("application/x-ndjson", log.clone())], true);
        world.capture(&[("text/plain", b"=1+1, \"quoted\"\r\n".to_vec())], false);
        world.capture(&[("application/x-ndjson", log)], true);
        let first = world.samples[0].record.to_string();
        world.enter(EntryKind::OriginalRead, &first, json!({"component": 0}));
        world.enter(EntryKind::Classified, &first, json!({}));
        let entries = Selection::Entries(Ordinals::new(vec![1, 3]).unwrap());
        let mut items: Vec<PlannedItem> = [Selection::All, entries, Selection::All, Selection::All]
            .into_iter()
            .zip(&world.samples)
            .map(|(entries, sample)| PlannedItem {
                record: sample.record,
                version: 1,
                entries,
                outcome: Outcome::Exported,
            })
            .collect();
        let other = RecordId::generate(at(0), &world.entropy);
        let outcome = Outcome::Withheld(WithheldReason::Privileged);
        items.insert(2, PlannedItem { record: other, version: 2, entries: Selection::All, outcome });
        if failed {
            let outcome = Outcome::Failed(FailedReason::NotFound);
            items.push(PlannedItem { record: other, version: 3, entries: Selection::All, outcome });
        }
        world.begun = world.entries.len();
        // All that the log has so far is about the items, but the entry that founded it.
        let size = world.begun as u64;
        // Nobody knows what there is of the record that is withheld.
        let told = world.samples.iter().map(|sample| (sample.record, 1));
        let versions = FrozenVersions::new(told, |_| 1, &BTreeSet::new());
        let mut facts = begun_facts(world.name(), &items, &FrozenCustody::new(size, 1..size), &versions);
        // This export had nobody who could agree to it; the archive's own tests have one that had.
        facts["countersign"] = Value::from("not_countersigned");
        world.enter(EntryKind::ExportBegun, "export", facts);
        // Somebody reads while the bundle is made.
        world.enter(EntryKind::OriginalRead, &first, json!({"component": 0}));
        world.items = items;
        world
    }

    pub(super) fn name(&self) -> BundleName {
        BundleName::new(2026, 1).unwrap()
    }

    fn enter(&mut self, kind: EntryKind, subject: &str, facts: Value) {
        let actor = Actor::User(UserId::parse("0195a5b0-0000-7000-8000-000000000001").unwrap());
        let draft = EntryDraft { kind, subject: subject.to_owned(), actor, facts };
        self.entries.push(encode(&draft, at(self.entries.len() as i64)).unwrap());
    }

    fn capture(&mut self, natives: &[(&str, Vec<u8>)], segment: bool) {
        let record = RecordId::generate(at(0), &self.entropy);
        let descriptor_key = CommitmentKey::generate(&self.entropy);
        let keys: Vec<_> = natives.iter().map(|_| CommitmentKey::generate(&self.entropy)).collect();
        let components: Vec<Value> = natives
            .iter()
            .zip(&keys)
            .map(|((media_type, bytes), key)| {
                json!({
                    "bytes": bytes.len(),
                    "commitment": commit(key, Digest::of(bytes)).to_hex(),
                    "component": ComponentId::generate(at(0), &self.entropy).to_string(),
                    "media_type": media_type,
                    "payload_bytes": bytes.len() + 32,
                    "payload_digest": Digest::of(b"ciphertext").to_hex(),
                    "role": "main",
                })
            })
            .collect();
        let mut facts = json!({
            "captured_by": "user",
            "case": Value::Null,
            "category": "service",
            "components": components,
            "descriptor": {
                "commitment": commit(&descriptor_key, Digest::of(descriptor_bytes())).to_hex(),
                "digest": Digest::of(b"sealed descriptor").to_hex(),
            },
            "jurisdiction": "CN",
            "kind": if segment { "processing_log" } else { "authorization" },
            "late": true,
            "occurred_on": "2026-02-01",
            "received_at": at(-60).to_rfc3339(),
            "subkind": Value::Null,
            "version": 1,
            "zone": "Asia/Shanghai",
        });
        let kind = if segment {
            let root = small_root(&leaves(&keys[0]));
            facts["segment"] = json!({"entries": 5, "root": root.to_hex()});
            EntryKind::SegmentCaptured
        } else {
            EntryKind::Captured
        };
        let natives = natives.iter().map(|(_, bytes)| bytes.clone()).collect();
        self.samples.push(Sample { record, entry: self.entries.len(), natives, keys, descriptor_key });
        self.enter(kind, &record.to_string(), facts);
    }

    fn leaves(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| leaf_hash(entry)).collect()
    }

    pub(super) fn checkpoint(&self) -> String {
        sign(&self.key, self.entries.len() as u64, &small_root(&self.leaves()))
    }

    pub(super) fn proven(&self, index: usize) -> ProvenEntry {
        ProvenEntry {
            seq: index as u64,
            bytes: self.entries[index].clone(),
            hashes: small_inclusion(&self.leaves(), index).unwrap(),
        }
    }

    pub(super) fn plan(&self) -> Plan {
        Plan {
            name: self.name(),
            kind: BundleKind::Evidence,
            organization: "远山示例服务有限公司".to_owned(),
            description: Some("案卷 SC-2026-0042 <紧急>".to_owned()),
            items: self.items.clone(),
            corrections: self.corrections.clone(),
            checkpoint: self.checkpoint(),
            begun: self.proven(self.begun),
        }
    }

    pub(super) fn record_input(&self, sample: usize) -> RecordInput {
        let sample = &self.samples[sample];
        RecordInput {
            entry: self.proven(sample.entry),
            descriptor: Some(released(sample)),
            case_reference: Some("SC-2026-0042".to_owned()),
            commitment_keys: sample.keys.clone(),
        }
    }

    pub(super) fn log_input(&self, sample: usize, ordinals: &[u64]) -> LogInput {
        let sample = &self.samples[sample];
        let leaves = leaves(&sample.keys[0]);
        let entry = |ordinal: &u64| LogEntryInput {
            ordinal: *ordinal,
            json: SecretBytes::new(log_lines()[*ordinal as usize].clone()),
            commitment_key: sample.keys[0].for_ordinal(*ordinal),
            hashes: small_inclusion(&leaves, *ordinal as usize).unwrap(),
        };
        LogInput {
            entry: self.proven(sample.entry),
            descriptor: None,
            case_reference: None,
            entries: ordinals.iter().map(entry).collect(),
        }
    }

    /// Opens the natives of a sample.
    pub(super) fn natives(&self, sample: usize) -> impl Fn(usize) -> Box<dyn Read> + '_ {
        move |index| Box::new(Cursor::new(self.samples[sample].natives[index].clone()))
    }

    /// The records of which the custody log tells.
    fn told(&self) -> BTreeSet<RecordId> {
        self.items.iter().filter(|item| item.is_in_custody()).map(|item| item.record).collect()
    }

    /// The positions of the entries before the list about records of it.
    fn told_of(&self) -> Vec<usize> {
        let told: BTreeSet<String> = self.told().iter().map(ToString::to_string).collect();
        let is_told = |index: &usize| {
            let entry: Value = serde_json::from_slice(&self.entries[*index]).unwrap();
            entry["subject"].as_str().is_some_and(|subject| told.contains(subject))
        };
        (0..self.begun).filter(is_told).collect()
    }

    /// Freezes the list anew, as it is now: only what whoever holds the key wants to be wrong is wrong.
    pub(super) fn freeze_again(&mut self) {
        let told = self.told();
        let mut newest: BTreeMap<String, u64> = BTreeMap::new();
        for entry in &self.entries[..self.begun] {
            let entry: Value = serde_json::from_slice(entry).unwrap();
            if entry["facts"].get("version").is_some() {
                *newest.entry(entry["subject"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        let newest = |record: RecordId| newest.get(&record.to_string()).copied().unwrap_or(0);
        let items = self.items.iter().filter(|item| told.contains(&item.record));
        let versions =
            FrozenVersions::new(items.map(|item| (item.record, item.version)), newest, &self.corrections);
        let positions = self.told_of().into_iter().map(|index| index as u64);
        let custody = FrozenCustody::new(self.begun as u64, positions);
        let facts = begun_facts(self.name(), &self.items, &custody, &versions);
        let mut entry: Value = serde_json::from_slice(&self.entries[self.begun]).unwrap();
        for (name, fact) in facts.as_object().unwrap() {
            entry["facts"][name] = fact.clone();
        }
        self.entries[self.begun] = canonical::to_bytes(&entry);
    }

    /// The bundle.
    pub(super) fn bundle(&self) -> (Vec<u8>, Finished) {
        let mut writer = BundleWriter::begin(Cursor::new(Vec::new()), self.plan(), &self.key).unwrap();
        writer.record(&self.record_input(0), |index, _| Ok(self.natives(0)(index))).unwrap();
        writer.log_entries(&self.log_input(1, &[1, 3])).unwrap();
        writer.record(&self.record_input(2), |index, _| Ok(self.natives(2)(index))).unwrap();
        writer.record(&self.record_input(3), |index, _| Ok(self.natives(3)(index))).unwrap();
        for index in self.told_of() {
            writer.custody(&self.proven(index)).unwrap();
        }
        let (out, finished) = writer.finish().unwrap();
        (out.into_inner(), finished)
    }
}

fn descriptor_bytes() -> &'static [u8] {
    DESCRIPTOR.trim_ascii_end()
}

fn released(sample: &Sample) -> ReleasedDescriptor {
    ReleasedDescriptor {
        descriptor: Descriptor::from_bytes(descriptor_bytes()).unwrap(),
        commitment_key: sample.descriptor_key.clone(),
    }
}

fn leaves(key: &CommitmentKey) -> Vec<Hash> {
    let leaf = |(ordinal, line): (u64, Vec<u8>)| {
        leaf_hash(commit(&key.for_ordinal(ordinal), Digest::of(&line)).as_bytes())
    };
    (0..).zip(log_lines()).map(leaf).collect()
}

/// Checks a bundle, with or without the key known from elsewhere.
pub(super) fn check(bytes: &[u8], vkey: Option<String>) -> Report {
    check_knowing(bytes, vkey.map_or(Known::Nothing, Known::Vkey))
}

/// Checks a bundle with what is known of its key.
pub(super) fn check_knowing(bytes: &[u8], known: Known) -> Report {
    verify(Cursor::new(bytes), &Options { known }, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The codes of its faults.
pub(super) fn codes(bytes: &[u8]) -> Vec<&'static str> {
    check(bytes, Some(log_key(7).vkey())).faults.iter().map(super::verify::Fault::code).collect()
}

/// An unpacked bundle, to be tampered with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub folder: String,
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Unpacked {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut unpacked = Self { folder: String::new(), files: BTreeMap::new() };
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let (folder, path) = {
                let name = file.name().unwrap().into_owned();
                let (folder, path) = name.split_once('/').unwrap();
                (folder.to_owned(), path.to_owned())
            };
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            unpacked.folder = folder;
            unpacked.files.insert(path, content);
        }
        unpacked
    }

    pub(super) fn text(&self, path: &str) -> String {
        String::from_utf8(self.files[path].clone()).unwrap()
    }

    /// Replaces one text by another; both must be there and differ.
    pub(super) fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no {from}: {text}");
        self.files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
    }

    /// Changes a canonical JSON file.
    pub(super) fn edit_json(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value: Value = serde_json::from_slice(&self.files[path]).unwrap();
        change(&mut value);
        self.files.insert(path.to_owned(), canonical::to_bytes(&value));
    }

    pub(super) fn swap(&mut self, a: &str, b: &str) {
        let (first, second) = (self.files[a].clone(), self.files[b].clone());
        self.files.insert(a.to_owned(), second);
        self.files.insert(b.to_owned(), first);
    }

    pub(super) fn remove(&mut self, prefix: &str) {
        let before = self.files.len();
        self.files.retain(|path, _| !path.starts_with(prefix));
        assert!(self.files.len() < before, "nothing at {prefix}");
    }

    /// Makes all manifests and the Oxum anew, as anybody can.
    pub(super) fn remanifest(&mut self) {
        use super::bag::{Algorithm, manifest_line};
        use sha2::Digest as _;
        self.files.retain(|path, _| !path.contains("manifest-"));
        let payload: Vec<&Vec<u8>> =
            self.files.iter().filter(|(path, _)| path.starts_with("data/")).map(|(_, bytes)| bytes).collect();
        let oxum = format!("{}.{}", payload.iter().map(|bytes| bytes.len()).sum::<usize>(), payload.len());
        // A bag-info that was taken away or is no text stays as it is.
        let info = self.files.get("bag-info.txt").and_then(|bytes| String::from_utf8(bytes.clone()).ok());
        if let Some(old) =
            info.as_ref().and_then(|info| info.lines().find(|line| line.starts_with("Payload-Oxum")))
        {
            self.edit("bag-info.txt", old, &format!("Payload-Oxum: {oxum}"));
        }
        for payload in [true, false] {
            let made: Vec<(String, Vec<u8>)> = Algorithm::ALL
                .into_iter()
                .map(|algorithm| {
                    let covered = self
                        .files
                        .iter()
                        .filter(|(path, _)| path.starts_with("data/") == payload && *path != "signature.sig");
                    let line = |(path, bytes): (&String, &Vec<u8>)| match algorithm {
                        Algorithm::Sha256 => manifest_line(&sha2::Sha256::digest(bytes), path),
                        Algorithm::Sha512 => manifest_line(&sha2::Sha512::digest(bytes), path),
                    };
                    let text: String = covered.map(line).collect();
                    let path = if payload { algorithm.manifest() } else { algorithm.tag_manifest() };
                    (path, text.into_bytes())
                })
                .collect();
            self.files.extend(made);
        }
    }

    /// As [`Unpacked::remanifest`], and signs, as only the holder of `key` can.
    pub(super) fn resign(&mut self, key: &LogKey) {
        use sha2::Digest as _;
        self.remanifest();
        let digest: [u8; 64] = sha2::Sha512::digest(&self.files["tagmanifest-sha512.txt"]).into();
        let name = self.folder.trim_end_matches("-PARTIAL");
        let lines = super::bag::signed_lines(BundleName::parse(name).unwrap(), &digest);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let note = crate::ledger::statement::sign(key, crate::ledger::statement::Subject::Bundle, &lines);
        self.files.insert("signature.sig".to_owned(), note.unwrap().into_bytes());
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let names = self.files.iter().map(|(path, bytes)| (format!("{}/{path}", self.folder), bytes.clone()));
        pack(&names.collect::<Vec<_>>())
    }
}

/// A ZIP with these names and contents.
pub(super) fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(name, SimpleFileOptions::default()).unwrap();
            continue;
        }
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
