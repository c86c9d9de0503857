//! Goes through the objects of a file beside its pages' content. Trees can be loops: each walk has a limit.

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream};
use zeroize::Zeroizing;

use super::signature::Entries;
use super::strings::text_string;
use super::{EmbeddedFile, Facts, Said, SaidAs, Signature, xmp};
use crate::base::limits::{PDF_DEPTH_MAX, PDF_ITEMS_MAX};
use crate::base::secret::SecretBytes;
use crate::document::pdf::area::Area;

/// One walk through a file.
pub(super) struct Walk<'p> {
    pdf: &'p Pdf,
    bytes: &'p [u8],
    /// Objects that may still be looked at.
    left: usize,
    pub(super) facts: Facts,
}

impl<'p> Walk<'p> {
    pub(super) fn of(pdf: &'p Pdf, bytes: &'p [u8]) -> Self {
        Self { pdf, bytes, left: PDF_ITEMS_MAX, facts: Facts::default() }
    }

    /// False once as much was seen as is read.
    fn step(&mut self) -> bool {
        self.facts.is_cut |= self.left == 0;
        self.left = self.left.saturating_sub(1);
        !self.facts.is_cut
    }

    fn say(&mut self, kind: SaidAs, text: String, spot: Option<(u32, Option<Area>)>) {
        if !text.trim().is_empty() {
            let (page, area) = spot.map_or((None, None), |(page, area)| (Some(page), area));
            self.facts.said.push(Said { kind, text: Zeroizing::new(text), page, area });
        }
    }

    /// What the information dictionary says.
    pub(super) fn information(&mut self) {
        let data = self.pdf.metadata();
        let fields =
            [&data.title, &data.author, &data.subject, &data.keywords, &data.creator, &data.producer];
        for bytes in fields.into_iter().flatten() {
            self.say(SaidAs::Information, text_string(bytes), None);
        }
    }

    /// The annotations of every page.
    pub(super) fn pages(&mut self) {
        for (number, page) in (1..).zip(self.pdf.pages().iter()) {
            let Some(annotations) = page.raw().get::<Array<'_>>(&b"Annots"[..]) else { continue };
            let seen = page.initial_transform(true).as_coeffs();
            for annotation in annotations.iter::<Dict<'_>>() {
                if !self.step() {
                    return;
                }
                let area = annotation.get::<Rect>(&b"Rect"[..]).and_then(|rect| placed(rect, seen));
                self.annotation(&annotation, (number, area));
            }
        }
    }

    fn annotation(&mut self, annotation: &Dict<'_>, spot: (u32, Option<Area>)) {
        for key in [&b"Contents"[..], b"T", b"Subj", b"RC"] {
            if let Some(text) = text_at(annotation, key) {
                self.say(SaidAs::Annotation, text, Some(spot));
            }
        }
        self.field_values(annotation, Some(spot));
        if let Some(action) = annotation.get::<Dict<'_>>(&b"A"[..]) {
            self.action(&action, Some(spot));
        }
        if let Some(file) = annotation.get::<Dict<'_>>(&b"FS"[..]) {
            self.file(&file);
        }
    }

    /// A link or a script.
    fn action(&mut self, action: &Dict<'_>, spot: Option<(u32, Option<Area>)>) {
        if let Some(link) = text_at(action, b"URI") {
            self.say(SaidAs::Link, link, spot);
        }
        if let Some(script) = text_at(action, b"JS") {
            self.say(SaidAs::Script, script, spot);
        }
    }

    fn field_values(&mut self, field: &Dict<'_>, spot: Option<(u32, Option<Area>)>) {
        for key in [&b"TU"[..], b"V", b"DV", b"RV"] {
            if let Some(text) = text_at(field, key) {
                self.say(SaidAs::FormValue, text, spot);
            }
        }
        for key in [&b"V"[..], b"Opt"] {
            let Some(values) = field.get::<Array<'_>>(key) else { continue };
            for value in values.iter::<Object<'_>>() {
                if !self.step() {
                    return;
                }
                if let Some(text) = text_of(&value) {
                    self.say(SaidAs::FormValue, text, spot);
                }
            }
        }
    }

    /// What hangs from the catalog.
    pub(super) fn catalog(&mut self) {
        let xref = self.pdf.xref();
        let Some(catalog) = xref.get::<Dict<'_>>(xref.root_id()) else { return };
        if let Some(packet) =
            catalog.get::<Stream<'_>>(&b"Metadata"[..]).and_then(|stream| stream.decoded().ok())
        {
            for value in xmp::values(&packet) {
                self.say(SaidAs::Information, value, None);
            }
        }
        let form = catalog.get::<Dict<'_>>(&b"AcroForm"[..]);
        if let Some(fields) = form.and_then(|form| form.get::<Array<'_>>(&b"Fields"[..])) {
            self.fields(&fields, false, 0);
        }
        if let Some(outlines) = catalog.get::<Dict<'_>>(&b"Outlines"[..]) {
            self.bookmarks(&outlines, 0);
        }
        if let Some(action) = catalog.get::<Dict<'_>>(&b"OpenAction"[..]) {
            self.action(&action, None);
        }
        if let Some(names) = catalog.get::<Dict<'_>>(&b"Names"[..]) {
            if let Some(tree) = names.get::<Dict<'_>>(&b"JavaScript"[..]) {
                self.tree(&tree, 0, &mut |walk, action| walk.action(action, None));
            }
            if let Some(tree) = names.get::<Dict<'_>>(&b"EmbeddedFiles"[..]) {
                self.tree(&tree, 0, &mut |walk, file| walk.file(file));
            }
        }
        if let Some(files) = catalog.get::<Array<'_>>(&b"AF"[..]) {
            for file in files.iter::<Dict<'_>>() {
                if self.step() {
                    self.file(&file);
                }
            }
        }
    }

    /// Fields of a form and those under them; a field's kind counts for those under it too.
    fn fields(&mut self, fields: &Array<'_>, is_signature: bool, depth: usize) {
        for field in fields.iter::<Dict<'_>>() {
            if !self.step() || depth > PDF_DEPTH_MAX {
                return;
            }
            let kind = field.get::<Name<'_>>(&b"FT"[..]);
            let is_signature = kind.map_or(is_signature, |kind| &*kind == b"Sig");
            if let Some(name) = text_at(&field, b"T") {
                self.say(SaidAs::FormValue, name, None);
            }
            match field.get::<Dict<'_>>(&b"V"[..]).filter(|_| is_signature) {
                Some(signature) => self.signature(&signature),
                None => self.field_values(&field, None),
            }
            if let Some(kids) = field.get::<Array<'_>>(&b"Kids"[..]) {
                self.fields(&kids, is_signature, depth + 1);
            }
        }
    }

    fn signature(&mut self, dictionary: &Dict<'_>) {
        let numbers = dictionary.get::<Array<'_>>(&b"ByteRange"[..]);
        let numbers = numbers.iter().flat_map(|array| array.iter::<i64>()).take(8);
        let contents = dictionary.get::<hayro_syntax::object::String<'_>>(&b"Contents"[..]);
        let entries = Entries {
            contents: contents.map(|bytes| bytes.as_bytes().to_vec()).unwrap_or_default(),
            ranges: numbers.filter_map(|number| usize::try_from(number).ok()).collect(),
            name: text_at(dictionary, b"Name"),
            date: text_at(dictionary, b"M"),
            reason: text_at(dictionary, b"Reason"),
            place: text_at(dictionary, b"Location"),
        };
        self.facts.signatures.push(Signature::of(entries, self.bytes));
    }

    fn bookmarks(&mut self, parent: &Dict<'_>, depth: usize) {
        let mut next = parent.get::<Dict<'_>>(&b"First"[..]);
        while let Some(bookmark) = next {
            if !self.step() || depth > PDF_DEPTH_MAX {
                return;
            }
            if let Some(title) = text_at(&bookmark, b"Title") {
                self.say(SaidAs::Bookmark, title, None);
            }
            if let Some(action) = bookmark.get::<Dict<'_>>(&b"A"[..]) {
                self.action(&action, None);
            }
            self.bookmarks(&bookmark, depth + 1);
            next = bookmark.get::<Dict<'_>>(&b"Next"[..]);
        }
    }

    /// The values of a name tree (ISO 32000-2, 7.9.6).
    fn tree(&mut self, node: &Dict<'_>, depth: usize, found: &mut dyn FnMut(&mut Self, &Dict<'_>)) {
        if !self.step() || depth > PDF_DEPTH_MAX {
            return;
        }
        if let Some(names) = node.get::<Array<'_>>(&b"Names"[..]) {
            for value in names.iter::<Object<'_>>() {
                if let (Object::Dict(value), true) = (&value, self.step()) {
                    found(self, value);
                }
            }
        }
        if let Some(kids) = node.get::<Array<'_>>(&b"Kids"[..]) {
            for kid in kids.iter::<Dict<'_>>() {
                self.tree(&kid, depth + 1, found);
            }
        }
    }

    /// A file specification (ISO 32000-2, 7.11).
    fn file(&mut self, specification: &Dict<'_>) {
        let name = text_at(specification, b"UF").or_else(|| text_at(specification, b"F")).unwrap_or_default();
        if let Some(words) = text_at(specification, b"Desc") {
            self.say(SaidAs::FileName, words, None);
        }
        self.say(SaidAs::FileName, name.clone(), None);
        let Some(streams) = specification.get::<Dict<'_>>(&b"EF"[..]) else { return };
        let stream = streams.get::<Stream<'_>>(&b"UF"[..]).or_else(|| streams.get::<Stream<'_>>(&b"F"[..]));
        let Some(stream) = stream else { return };
        let bytes = stream.decoded().ok().map(|bytes| SecretBytes::new(bytes.into_owned()));
        let is_known = self.facts.files.iter().any(|file| file.bytes == bytes && *file.name == name);
        if !is_known {
            self.facts.files.push(EmbeddedFile { name: Zeroizing::new(name), bytes });
        }
    }
}

/// The text of a string, a name or a stream of text.
fn text_of(object: &Object<'_>) -> Option<String> {
    match object {
        Object::String(bytes) => Some(text_string(bytes.as_bytes())),
        Object::Name(name) => Some(text_string(name)),
        Object::Stream(stream) => stream.decoded().ok().map(|bytes| text_string(&bytes)),
        _ => None,
    }
}

fn text_at(dictionary: &Dict<'_>, key: &[u8]) -> Option<String> {
    text_of(&dictionary.get::<Object<'_>>(key)?)
}

/// A rectangle of a page as it is seen.
fn placed(rect: Rect, [a, b, c, d, e, f]: [f64; 6]) -> Option<Area> {
    let corners = [(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x0, rect.y1), (rect.x1, rect.y1)];
    Area::around(corners.map(|(x, y)| (a * x + c * y + e, b * x + d * y + f)))
}
