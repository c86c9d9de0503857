//! A document as JSON. Written part by part: a large one has millions of them.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use crate::document::protocol::{PartTold, ReadChild, ReadDocument, reason};
use crate::document::{CodePoints, Doubtful, Rectangle};

/// A document. Places count characters, from 0, the last one excluded.
pub(super) struct Shown<'a>(pub(super) &'a ReadDocument);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        write_members(self.0, &mut members)?;
        members.end()
    }
}

fn write_members<M: serde::ser::SerializeMap>(
    document: &ReadDocument,
    members: &mut M,
) -> Result<(), M::Error> {
    let review: Vec<&str> = document.review.iter().map(|review| review.as_str()).collect();
    members.serialize_entry("format", document.format.as_str())?;
    members.serialize_entry("media_type", document.format.media_type())?;
    members.serialize_entry("charset", document.charset.as_str())?;
    members.serialize_entry("declared_charset", document.declaration.as_str())?;
    members.serialize_entry("name_agrees", &document.name_agrees)?;
    members.serialize_entry("needs_review", &!review.is_empty())?;
    members.serialize_entry("review", &review)?;
    members.serialize_entry("pictures", &document.pictures)?;
    if document.doubtful_pages > 0 {
        members.serialize_entry("doubtful_pages", &document.doubtful_pages)?;
        members.serialize_entry("doubtful", &Doubts(&document.doubtful))?;
    }
    members.serialize_entry("text", document.text())?;
    members.serialize_entry("parts", &Parts(document))?;
    members.serialize_entry("documents", &Children(&document.children))
}

/// Pages of which it is not certain what they say.
struct Doubts<'a>(&'a [Doubtful]);

impl Serialize for Doubts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|page| {
            let why: Vec<&str> = page.why.iter().map(|why| why.as_str()).collect();
            serde_json::json!({"page": page.page, "why": why})
        }))
    }
}

struct Parts<'a>(&'a ReadDocument);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let points = CodePoints::of(self.0.text());
        let mut items = serializer.serialize_seq(None)?;
        for part in self.0.parts() {
            items.serialize_element(&Part { part, points: &points })?;
        }
        items.end()
    }
}

struct Part<'a> {
    part: PartTold<'a>,
    points: &'a CodePoints<'a>,
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = &self.part;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("start", &self.points.to_points(part.bytes.start))?;
        members.serialize_entry("end", &self.points.to_points(part.bytes.end))?;
        if part.line > 0 {
            members.serialize_entry("line", &part.line)?;
        }
        members.serialize_entry("role", part.role.as_str())?;
        members.serialize_entry("place", part.place)?;
        if let Some(label) = part.label {
            members.serialize_entry("label", label)?;
        }
        if let Some(Rectangle { page, x0, y0, x1, y1 }) = part.rectangle {
            members.serialize_entry("page", &page)?;
            members.serialize_entry("rectangle", &[x0, y0, x1, y1])?;
        }
        members.end()
    }
}

struct Children<'a>(&'a [ReadChild]);

impl Serialize for Children<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Child))
    }
}

struct Child<'a>(&'a ReadChild);

impl Serialize for Child<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("place", self.0.place.as_str())?;
        match &self.0.content {
            Ok(document) => write_members(document, &mut members)?,
            Err(refused) => {
                members.serialize_entry("format", self.0.format.as_str())?;
                members.serialize_entry("media_type", self.0.format.media_type())?;
                members.serialize_entry("refused", reason(refused))?;
            }
        }
        members.end()
    }
}
