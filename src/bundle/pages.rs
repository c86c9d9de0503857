//! The pages that people read first: START-HERE.html, README.txt, proof/VERIFY.txt and the checker beside it.
//! They say nothing that `bag-info.txt` and the entry `exported_begun` do not say: the verifier makes each
//! of them again and compares bytes.

use super::bag::BagInfo;
use super::frozen::Frozen;
use super::layout;

const START_HERE: &str = include_str!("pages/start-here.html");
const README: &str = include_str!("pages/readme.txt");
const VERIFY: &str = include_str!("pages/verify.txt");

/// What the README says where nobody could agree to the export.
const NOT_COUNTERSIGNED: &str =
    "Approval  NOT COUNTERSIGNED: no second person could approve this export (未经复核 / 未經覆核)\n";

/// A program in Python that checks the bundle with the standard library and `openssl` only.
const CHECKER: &str = include_str!("pages/verify_bundle.py");

/// The pages of one bundle.
pub(super) struct Pages<'a> {
    /// What `bag-info.txt` says.
    pub info: &'a BagInfo,
    /// What `exported_begun` says.
    pub frozen: &'a Frozen,
}

impl Pages<'_> {
    /// Every page with its path.
    pub(super) fn all(&self) -> [(&'static str, String); 4] {
        [
            (layout::START_HERE, self.start_here()),
            (layout::README, self.readme()),
            (layout::VERIFY, self.verify()),
            (layout::CHECKER, CHECKER.to_owned()),
        ]
    }

    /// The first page. It is written before the evidence, so it says nothing of bytes, files and custody
    /// entries, which `info` need not know yet.
    pub(super) fn start_here(&self) -> String {
        let (info, counts, versions) = (self.info, self.info.counts, self.frozen.versions);
        let conditions = [("partial", counts.failed > 0), ("alone", self.frozen.not_countersigned)];
        let text = chosen(START_HERE, &conditions);
        filled(
            &text,
            &[
                ("name", html(&self.folder())),
                ("organization", html(&info.organization)),
                ("description", html(info.description.as_deref().unwrap_or("—"))),
                ("created", info.created.to_seconds_text()),
                ("requested", counts.requested().to_string()),
                ("exported", counts.exported.to_string()),
                ("withheld", counts.withheld.to_string()),
                ("failed", counts.failed.to_string()),
                ("origin", html(&info.origin)),
                ("size", info.checkpoint_size.to_string()),
                ("custody_size", self.frozen.custody.size.to_string()),
                ("fingerprint", info.fingerprint.clone()),
                ("superseded", versions.superseded.to_string()),
                ("versions_left", versions.left.to_string()),
                ("corrections", versions.corrections.to_string()),
            ],
        )
    }

    fn readme(&self) -> String {
        let (info, counts, versions) = (self.info, self.info.counts, self.frozen.versions);
        let countersign = if self.frozen.not_countersigned { NOT_COUNTERSIGNED } else { "" };
        filled(
            README,
            &[
                ("name", self.folder()),
                ("organization", info.organization.clone()),
                ("description", info.description.clone().unwrap_or_else(|| "-".to_owned())),
                ("created", info.created.to_seconds_text()),
                ("completeness", info.completeness().as_str().to_owned()),
                ("requested", counts.requested().to_string()),
                ("exported", counts.exported.to_string()),
                ("withheld", counts.withheld.to_string()),
                ("failed", counts.failed.to_string()),
                ("files", info.payload_files.to_string()),
                ("bytes", info.payload_bytes.to_string()),
                ("origin", info.origin.clone()),
                ("size", info.checkpoint_size.to_string()),
                ("custody_size", self.frozen.custody.size.to_string()),
                ("fingerprint", info.fingerprint.clone()),
                ("superseded", versions.superseded.to_string()),
                ("versions_left", versions.left.to_string()),
                ("corrections", versions.corrections.to_string()),
                ("countersign", countersign.to_owned()),
            ],
        )
    }

    fn verify(&self) -> String {
        filled(VERIFY, &[("name", self.folder())])
    }

    fn folder(&self) -> String {
        self.info.name.folder(self.info.completeness())
    }
}

/// The template with each part `{{word?}}…{{/}}` if the word holds, and without it otherwise: what does
/// not apply must not stand there even for a program that reads the text.
fn chosen(template: &str, conditions: &[(&str, bool)]) -> String {
    let mut text = template.to_owned();
    for (word, holds) in conditions {
        let opening = format!("{{{{{word}?}}}}");
        while let Some((before, rest)) = text.split_once(&opening) {
            let (part, after) = rest.split_once("{{/}}").unwrap_or((rest, ""));
            text = format!("{before}{}{after}", if *holds { part } else { "" });
        }
    }
    text
}

/// The template with each `{{word}}` replaced, in one pass: a value is never read as a template.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(template.len() + 256);
    let mut pieces = template.split("{{");
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (word, rest) = piece.split_once("}}").unwrap_or(("", piece));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == word) {
            text.push_str(value);
        }
        text.push_str(rest);
    }
    text
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::digest::Digest;
    use crate::bundle::bag::LAYOUT;

    /// A package is checked by remaking its pages. Whoever changes a word of them makes every package of this
    /// layout differ: give the layout a new number. Once a release has written the old one, its pages and columns
    /// stay beside the new ones, and a package is checked against those of the layout that it names.
    #[test]
    fn the_pages_of_a_layout_never_change() {
        let texts = [START_HERE, README, VERIFY, CHECKER, NOT_COUNTERSIGNED];
        let digest = Digest::of(texts.join("\0").as_bytes()).to_hex();
        assert_eq!(
            (LAYOUT, digest.as_str()),
            ("3", "8cde9e7dac89b76ce53ad1e01006af741056bd3951eb2bc44156cfd1a5c2fe61")
        );
    }

    /// Who is handed a package compares the checker in it with what the documentation says of it.
    #[test]
    fn the_documentation_gives_the_digest_of_the_checker() {
        let format = include_str!("../../docs/formats/bundle.md");
        assert!(format.contains(&Digest::of(CHECKER.as_bytes()).to_hex()));
    }

    /// The labels of `bag-info.txt`, the columns of the tables and the members of the JSON files. A program
    /// that reads a package of a layout relies on them: a changed one is a new layout too.
    #[test]
    fn the_columns_and_members_of_a_layout_never_change() {
        let world = crate::bundle::testing::World::new();
        let unpacked = crate::bundle::testing::Unpacked::of(&world.bundle().0);
        let mut lines = BTreeSet::new();
        for label in unpacked.text(layout::BAG_INFO).lines().filter_map(|line| line.split(':').next()) {
            lines.insert(format!("{} {label}", layout::BAG_INFO));
        }
        for table in [layout::CUSTODY, layout::ITEMS, layout::EXCEPTIONS, layout::CORRECTIONS] {
            lines.insert(format!("{table} {}", unpacked.text(table).lines().next().unwrap()));
        }
        // One item is of files, one of entries; what the descriptor says is its own format's.
        for number in [1, 2] {
            let path = layout::ItemNumber(number).record_json();
            members(&serde_json::from_str(&unpacked.text(&path)).unwrap(), "record.json ", &mut lines);
        }
        members(&serde_json::from_str(&unpacked.text(layout::OPENINGS)).unwrap(), "openings ", &mut lines);
        let segment = unpacked.text(&layout::ItemNumber(2).segment());
        for line in segment.lines() {
            members(&serde_json::from_str(line).unwrap(), "segment ", &mut lines);
        }
        let shape: Vec<String> = lines.into_iter().collect();
        insta::assert_snapshot!(format!("layout-{LAYOUT}"), shape.join("\n"));
    }

    fn members(value: &serde_json::Value, place: &str, into: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(object) => {
                for (name, value) in object.iter().filter(|(name, _)| *name != "descriptor") {
                    let is_id = name.starts_with("R0") || name.len() == 36;
                    let name = if is_id { "*" } else { name };
                    into.insert(format!("{place}.{name}"));
                    members(value, &format!("{place}.{name}"), into);
                }
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| members(item, &format!("{place}[]"), into));
            }
            _ => {}
        }
    }

    #[test]
    fn every_word_of_a_page_is_filled() {
        let world = crate::bundle::testing::World::new();
        let unpacked = crate::bundle::testing::Unpacked::of(&world.bundle().0);
        for path in [layout::START_HERE, layout::README, layout::VERIFY] {
            assert!(!unpacked.text(path).contains("{{"), "{path}");
        }
    }
}
