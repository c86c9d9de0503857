//! Holds a new file to the few objects that such a file has.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, Object, ObjectId};

/// What an object may be, with the entries that it may have.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("Catalog", &["Type", "Pages"]),
    ("Pages", &["Type", "Kids", "Count"]),
    ("Page", &["Type", "Parent", "MediaBox", "Resources", "Contents"]),
    ("Type0", &["Type", "Subtype", "BaseFont", "Encoding", "DescendantFonts", "ToUnicode"]),
    (
        "CIDFontType2",
        &["Type", "Subtype", "BaseFont", "CIDSystemInfo", "FontDescriptor", "DW", "W", "CIDToGIDMap"],
    ),
    ("Type1", &["Type", "Subtype", "BaseFont"]),
    (
        "FontDescriptor",
        &[
            "Type",
            "FontName",
            "Flags",
            "FontBBox",
            "ItalicAngle",
            "Ascent",
            "Descent",
            "CapHeight",
            "StemV",
            "FontFile2",
        ],
    ),
    ("CMap", &["Type", "CMapName", "CIDSystemInfo", "Length", "Filter"]),
    (
        "Image",
        &[
            "Type",
            "Subtype",
            "Width",
            "Height",
            "BitsPerComponent",
            "ColorSpace",
            "Filter",
            "DecodeParms",
            "Length",
        ],
    ),
];
/// A stream of operators, or the file and the table of the font without shapes.
const CONTENT: &[&str] = &["Length", "Filter", "Length1"];
/// What hangs in a page's resources, a font's system and a picture's parameters.
const WITHIN: &[&str] = &[
    "Font",
    "XObject",
    "W",
    "H",
    "P",
    "Registry",
    "Ordering",
    "Supplement",
    "Predictor",
    "Columns",
    "Colors",
];
/// Entries of the trailer.
const TRAILER: &[&str] = &["Size", "Root", "ID"];

/// True if the file consists of such objects alone, each of them in use, written once.
pub(super) fn is_sound(bytes: &[u8], document: &Document) -> bool {
    let count = |sign: &[u8]| bytes.windows(sign.len()).filter(|window| *window == sign).count();
    bytes.starts_with(b"%PDF-1.")
        && (bytes.ends_with(b"%%EOF") || bytes.ends_with(b"%%EOF\n"))
        && [&b"%%EOF"[..], b"startxref", b"trailer"].iter().all(|sign| count(sign) == 1)
        && count(b" obj\n") == document.objects.len()
        && has_only(&document.trailer, TRAILER)
        && document.objects.values().all(is_allowed)
        && in_use(document).is_some_and(|used| document.objects.keys().all(|id| used.contains(id)))
}

fn is_allowed(object: &Object) -> bool {
    let (dictionary, is_stream) = match object {
        Object::Dictionary(dictionary) => (dictionary, false),
        Object::Stream(stream) => (&stream.dict, true),
        _ => return false,
    };
    let word = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).ok();
    let kind = match (word(b"Type"), word(b"Subtype")) {
        (Some(b"Font") | Some(b"XObject"), Some(subtype)) => subtype,
        (Some(kind), None) => kind,
        (None, None) => return is_stream && has_only(dictionary, CONTENT),
        _ => return false,
    };
    let Some((name, keys)) = ALLOWED.iter().find(|(name, _)| name.as_bytes() == kind) else { return false };
    let is_stream_kind = matches!(*name, "CMap" | "Image");
    is_stream == is_stream_kind
        && has_only(dictionary, keys)
        && dictionary.iter().all(|(_, value)| is_plain(value, 0))
}

/// True if a value has nothing in it but numbers, names, references and the entries that belong there.
fn is_plain(value: &Object, depth: usize) -> bool {
    match value {
        Object::Dictionary(inner) => {
            depth < 3 && has_only(inner, WITHIN) && inner.iter().all(|(_, value)| is_plain(value, depth + 1))
        }
        Object::Array(values) => depth < 3 && values.iter().all(|value| is_plain(value, depth + 1)),
        Object::String(bytes, _) => matches!(bytes.as_slice(), b"Adobe" | b"Identity"),
        Object::Name(name) => {
            name.len() <= 16 && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        }
        Object::Integer(_) | Object::Real(_) | Object::Reference(_) => true,
        Object::Null | Object::Boolean(_) | Object::Stream(_) => false,
    }
}

fn has_only(dictionary: &Dictionary, keys: &[&str]) -> bool {
    dictionary.iter().all(|(key, _)| keys.iter().any(|allowed| allowed.as_bytes() == key.as_slice()))
}

/// The objects that the catalog leads to.
fn in_use(document: &Document) -> Option<BTreeSet<ObjectId>> {
    let root = document.trailer.get(b"Root").and_then(Object::as_reference).ok()?;
    let mut used = BTreeSet::from([root]);
    let mut open = vec![document.objects.get(&root)?];
    while let Some(object) = open.pop() {
        match object {
            Object::Reference(id) if used.insert(*id) => open.push(document.objects.get(id)?),
            Object::Array(values) => open.extend(values),
            Object::Dictionary(dictionary) => open.extend(dictionary.iter().map(|(_, value)| value)),
            Object::Stream(stream) => open.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    Some(used)
}
