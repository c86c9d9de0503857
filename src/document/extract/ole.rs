//! Embedded objects of older programs: the file that lies in them.

use std::io::{Cursor, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::{Collected, Refused, Source};
use crate::base::limits::EXTRACT_BYTES_MAX;
use crate::document::package::Allowance;
use crate::document::part::Role;
use crate::document::sniff::Format;

/// Streams that hold a file as it is.
const PLAIN: [&str; 3] = ["Package", "CONTENTS", "EmbeddedOdf"];
/// The stream in which a file is packed with its name (MS-OLEDS, 2.3.6).
const PACKED: &str = "\u{1}Ole10Native";

pub(super) fn take(bytes: &[u8], out: &mut Collected, allowance: &mut Allowance) -> Result<(), Refused> {
    let format = Format::Compound;
    let damaged = Refused::Damaged { format };
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| damaged)?;
    for name in PLAIN.into_iter().chain([PACKED]) {
        let path = Path::new("/").join(name);
        if !file.is_stream(&path) {
            continue;
        }
        let mut stream = file.open_stream(&path).map_err(|_| damaged)?;
        allowance.take_inflated(stream.len())?;
        let room = usize::try_from(stream.len().min(EXTRACT_BYTES_MAX)).map_err(|_| damaged)?;
        let mut content = Zeroizing::new(Vec::with_capacity(room));
        stream.read_to_end(&mut content).map_err(|_| damaged)?;
        if name != PACKED {
            return out.child(Source { bytes: &content, name: None, media_type: None }, name, allowance);
        }
        let native = native(&content).ok_or(damaged)?;
        for path in native.paths.iter().filter(|path| **path != native.name) {
            out.property("path", path, Role::AttachmentName)?;
        }
        let source = Source { bytes: native.content, name: Some(&native.name), media_type: None };
        return out.child(source, "file", allowance);
    }
    Err(Refused::OtherFormat { format })
}

/// A file with its name and the paths from which it came.
struct Native<'b> {
    name: String,
    paths: [String; 2],
    content: &'b [u8],
}

fn native(bytes: &[u8]) -> Option<Native<'_>> {
    // Its length, and a word of which nothing is known.
    let mut rest = bytes.get(6..)?;
    let name = text(&mut rest)?;
    let first = text(&mut rest)?;
    rest = rest.get(8..)?;
    let second = text(&mut rest)?;
    let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk::<4>()?)).ok()?;
    let content = rest.get(4..)?.get(..length)?;
    Some(Native { name, paths: [first, second], content })
}

/// A text that ends with a zero byte, in the encoding of whoever wrote it.
fn text(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (text, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..)?;
    let decoded = super::decode(text, None).map(|decoded| decoded.text.to_string());
    Some(decoded.unwrap_or_else(|_| String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_is_read_with_its_names() {
        let mut bytes = vec![0, 0, 0, 0, 2, 0];
        bytes.extend(b"a.txt\0C:\\a.txt\0\0\0\x03\0\x06\0\0\0D:\\a.b\0\x03\0\0\0abcd");
        let native = native(&bytes).unwrap();
        assert_eq!((native.name.as_str(), native.content), ("a.txt", &b"abc"[..]));
        assert_eq!(native.paths, ["C:\\a.txt", "D:\\a.b"]);
        assert!(super::native(&bytes[..20]).is_none());
    }
}
