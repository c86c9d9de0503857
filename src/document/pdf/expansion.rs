//! How many operators a page comes to once every form is drawn as often as it is named, counted without
//! drawing: ten forms that each draw the next ten times are a small file and a day's work.

use std::collections::BTreeMap;

use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Dict, Name, ObjectIdentifier, Stream};
use hayro_syntax::page::{Page, Resources};

use crate::base::limits::PDF_OPERATORS_MAX;

/// Forms within forms; the interpreter goes no deeper.
const DEPTH_MAX: usize = 50;

/// Counts of forms that were seen.
#[derive(Default)]
pub(crate) struct Expansion {
    known: BTreeMap<ObjectIdentifier, u64>,
}

impl Expansion {
    /// True if a page and the annotations on it come to no more operators than are read.
    pub(crate) fn is_in_reach(&mut self, page: &Page<'_>) -> bool {
        let operators = self.count(page.typed_operations(), page.resources(), 0);
        operators <= PDF_OPERATORS_MAX
    }

    fn count(&mut self, mut operators: TypedIter<'_>, resources: &Resources<'_>, depth: usize) -> u64 {
        let mut count = 0_u64;
        let mut forms: Vec<Stream<'_>> = Vec::new();
        let mut uses: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        while let Some(operator) = operators.next() {
            count += 1;
            if let TypedInstruction::XObject(object) = operator {
                *uses.entry(object.0.to_vec()).or_default() += 1;
            }
        }
        for (name, times) in uses {
            let form = resources.get_x_object(&Name::new_unescaped(&name)).filter(is_form);
            if let Some(form) = form {
                let inner = self.form(&form, resources, depth + 1);
                count = count.saturating_add(inner.saturating_mul(times));
                forms.push(form);
            }
        }
        count
    }

    fn form(&mut self, form: &Stream<'_>, outer: &Resources<'_>, depth: usize) -> u64 {
        let id = form.obj_id();
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        if depth > DEPTH_MAX {
            return 0;
        }
        // A form that draws itself is counted once a level, as the interpreter draws it.
        let Ok(body) = form.decoded_data() else { return 0 };
        let count = match form.dict().get::<Dict<'_>>(&b"Resources"[..]) {
            Some(own) => self.count(TypedIter::new(&body), &Resources::new(own), depth),
            None => self.count(TypedIter::new(&body), outer, depth),
        };
        self.known.insert(id, count);
        count
    }
}

fn is_form(stream: &Stream<'_>) -> bool {
    stream.dict().get::<Name<'_>>(&b"Subtype"[..]).is_some_and(|name| &*name == b"Form")
}
