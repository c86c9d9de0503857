//! Text without structure: it is its own extract. Its parts are its paragraphs.

use super::Refused;
use crate::base::limits::EXTRACT_PARTS_MAX;
use crate::document::part::{Body, Role, Spot};

pub(super) fn take(text: &str, body: &mut Body) -> Result<(), Refused> {
    let mut open: Option<(u32, u32)> = None;
    for (line, content) in (1_u32..).zip(text.split_inclusive('\n')) {
        let blank = content.trim().is_empty();
        if blank && let Some((start, first)) = open.take() {
            body.part(start, first, Role::Text, Spot::Line)?;
        }
        // The last part takes in what is left when there is no room for more: a plain text has no
        // structure that this would lose.
        let room = body.parts.len() + 1 < EXTRACT_PARTS_MAX;
        if !blank && open.is_none() {
            open = room.then(|| (body.at(), line)).or_else(|| reopen(body));
        }
        body.text.push_str(content);
    }
    if let Some((start, first)) = open {
        body.part(start, first, Role::Text, Spot::Line)?;
    }
    Ok(())
}

fn reopen(body: &mut Body) -> Option<(u32, u32)> {
    let last = body.parts.pop()?;
    Some((u32::try_from(last.bytes().start).ok()?, last.line))
}
