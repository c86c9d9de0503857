//! Where a stretch stood, in the words of its format: a JSONPath, a path of XML elements, a cell.

use super::{Body, Step, slice, wide};

impl Body {
    fn steps(&self, node: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next.and_then(|node| self.nodes.get(wide(node))) {
            steps.push(node.step);
            next = node.parent;
        }
        steps.reverse();
        steps
    }

    pub(super) fn path(&self, node: u32) -> String {
        let steps = self.steps(node);
        let of_xml = steps.iter().any(|step| matches!(step, Step::Element(..) | Step::Attribute(..)));
        let mut path = String::from(if of_xml { "" } else { "$" });
        for step in steps {
            match step {
                Step::Root => {}
                Step::Line(line) => path = format!("line {line} $"),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(start, end) => path.push_str(&json_step(slice(&self.text, start, end))),
                Step::Element(start, end) => path.push_str(&format!("/{}", slice(&self.names, start, end))),
                Step::Attribute(start, end) => {
                    path.push_str(&format!("/@{}", slice(&self.names, start, end)))
                }
            }
        }
        path
    }

    pub(super) fn label(&self, node: u32) -> Option<&str> {
        self.steps(node).iter().rev().find_map(|step| match step {
            Step::Root | Step::Line(_) | Step::Index(_) => None,
            Step::Key(start, end) => Some(slice(&self.text, *start, *end)),
            Step::Element(start, end) | Step::Attribute(start, end) => Some(slice(&self.names, *start, *end)),
        })
    }
}

/// The letters of a sheet's column, counted from 1: A, Z, AA.
pub(in crate::document) fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column;
    while left > 0 {
        letters.push(u8::try_from((left - 1) % 26).map_or('A', |place| char::from(b'A' + place)));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A key as JSONPath (RFC 9535) writes it.
fn json_step(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { format!(".{key}") } else { format!("['{}']", key.replace('\\', "\\\\").replace('\'', "\\'")) }
}
