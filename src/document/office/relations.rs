//! What a part of a package is related to: other parts, and targets outside.

use std::collections::BTreeMap;

use crate::document::extract::Refused;
use crate::document::markup::{Token, Xml};
use crate::document::package::resolved;
use crate::document::sniff::Format;

/// One relation.
pub(in crate::document) struct Relation {
    /// The last step of its type: `image`, `hyperlink`, `officeDocument`.
    pub(in crate::document) kind: String,
    /// A part's name, or an address outside.
    pub(in crate::document) target: String,
    /// True if it leads outside.
    pub(in crate::document) external: bool,
}

/// The relations of one part.
#[derive(Default)]
pub(in crate::document) struct Relations(BTreeMap<String, Relation>);

impl Relations {
    /// The part that holds the relations of `part`; those of the package for the empty name.
    pub(in crate::document) fn part_of(part: &str) -> String {
        match part.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
            None => format!("_rels/{part}.rels"),
        }
    }

    /// The part whose relations a part holds.
    pub(in crate::document) fn base_of(name: &str) -> String {
        name.trim_end_matches(".rels").replacen("_rels/", "", 1)
    }

    /// Reads the relations of `base`.
    pub(in crate::document) fn read(text: &str, base: &str, format: Format) -> Result<Self, Refused> {
        let mut found = BTreeMap::new();
        let mut xml = Xml::of(text, format);
        loop {
            match xml.next()? {
                Token::Open(tag) if tag.local == "Relationship" => {
                    let value =
                        |name| tag.attribute(name).map(std::borrow::Cow::into_owned).unwrap_or_default();
                    let external = value("TargetMode").eq_ignore_ascii_case("external");
                    let (kind, target) = (value("Type"), value("Target"));
                    let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                    let target = if external { target } else { resolved(base, &target) };
                    found.insert(value("Id"), Relation { kind, target, external });
                }
                Token::End => return Ok(Self(found)),
                _ => {}
            }
        }
    }

    /// The part that an id stands for.
    pub(in crate::document) fn target(&self, id: &str) -> Option<&str> {
        self.0.get(id).filter(|relation| !relation.external).map(|relation| relation.target.as_str())
    }

    /// The parts of a kind.
    pub(in crate::document) fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s str> {
        let inside = self.0.values().filter(move |relation| relation.kind == kind && !relation.external);
        inside.map(|relation| relation.target.as_str())
    }

    /// Addresses outside.
    pub(in crate::document) fn outside(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter(|relation| relation.external).map(|relation| relation.target.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_lead_to_parts_and_outside() {
        let text = r#"<Relationships xmlns="u"><Relationship Id="rId1" Type="http://x/relationships/header" Target="header1.xml"/>
            <Relationship Id="rId2" Type="http://x/hyperlink" Target="mailto:a@b.example" TargetMode="External"/></Relationships>"#;
        let relations = Relations::read(text, "word/document.xml", Format::Docx).unwrap();
        assert_eq!(relations.target("rId1"), Some("word/header1.xml"));
        assert_eq!(relations.target("rId2"), None);
        assert_eq!(relations.of_kind("header").collect::<Vec<_>>(), ["word/header1.xml"]);
        assert_eq!(relations.outside().collect::<Vec<_>>(), ["mailto:a@b.example"]);
    }

    #[test]
    fn the_part_with_a_parts_relations_is_known_by_its_name() {
        assert_eq!(Relations::part_of("word/document.xml"), "word/_rels/document.xml.rels");
        assert_eq!(Relations::part_of(""), "_rels/.rels");
        assert_eq!(Relations::base_of("word/_rels/document.xml.rels"), "word/document.xml");
    }
}
