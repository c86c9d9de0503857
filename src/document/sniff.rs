//! What a file is, by its bytes first and its name second.

use super::oddity;
pub use super::oddity::Oddity;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text without structure.
    Plain,
    /// A table, one row a line, with commas, semicolons, bars or tabs between.
    Csv,
    /// A table with tabs between.
    Tsv,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// XML.
    Xml,
    /// HTML.
    Html,
    /// Markdown.
    Markdown,
    /// A mail message.
    Mail,
    /// PDF.
    Pdf,
    /// Word.
    Docx,
    /// Excel.
    Xlsx,
    /// PowerPoint.
    Pptx,
    /// OFD (GB/T 33190).
    Ofd,
    /// OpenDocument: text, tables or slides.
    OpenDocument,
    /// Another ZIP archive.
    Zip,
    /// A message of Outlook.
    Msg,
    /// Word before 2007.
    Doc,
    /// Excel before 2007.
    Xls,
    /// PowerPoint before 2007.
    Ppt,
    /// Another OLE compound file, encrypted Office documents among them.
    Compound,
    /// Rich text.
    Rtf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// TIFF.
    Tiff,
    /// WebP.
    Webp,
    /// Windows bitmap.
    Bmp,
    /// Sound or film.
    Recording,
    /// gzip, 7z, RAR, bzip2, xz or zstd.
    Compressed,
    /// Anything else.
    Unknown,
}

impl Format {
    /// The media type; `application/octet-stream` where there is none.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::Xml => "application/xml",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
            Self::Mail => "message/rfc822",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Ofd => "application/ofd",
            Self::OpenDocument => "application/vnd.oasis.opendocument",
            Self::Zip => "application/zip",
            Self::Msg => "application/vnd.ms-outlook",
            Self::Doc => "application/msword",
            Self::Xls => "application/vnd.ms-excel",
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Compound => "application/x-ole-storage",
            Self::Rtf => "application/rtf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Recording | Self::Compressed | Self::Unknown => "application/octet-stream",
        }
    }

    /// True for the formats that are read as text.
    pub const fn is_text_like(self) -> bool {
        matches!(
            self,
            Self::Plain
                | Self::Csv
                | Self::Tsv
                | Self::Json
                | Self::JsonLines
                | Self::Xml
                | Self::Html
                | Self::Markdown
        )
    }

    /// True for the formats that are ZIP archives.
    pub const fn is_zip(self) -> bool {
        matches!(self, Self::Docx | Self::Xlsx | Self::Pptx | Self::Ofd | Self::OpenDocument | Self::Zip)
    }

    /// True for pictures.
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Tiff | Self::Webp | Self::Bmp)
    }
}

impl Format {
    /// True for the formats of which text is taken at all, in a process of its own if need be.
    pub const fn is_read(self) -> bool {
        self.is_text_like()
            || matches!(
                self,
                Self::Mail
                    | Self::Msg
                    | Self::Pdf
                    | Self::Docx
                    | Self::Xlsx
                    | Self::Pptx
                    | Self::OpenDocument
                    | Self::Ofd
                    | Self::Zip
                    | Self::Compound
                    | Self::Rtf
            )
    }
}

/// What a file is, and whether its name tells the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// What it is.
    pub format: Format,
    /// False if the name's ending stands for something else.
    pub name_agrees: bool,
    /// What else the bytes are, or have before or behind them.
    pub oddity: Option<Oddity>,
}

/// Bytes at the beginning that are looked at.
const HEAD_BYTES: usize = 4096;
/// Bytes at the end of a ZIP archive in which its list of names is looked for.
const TAIL_BYTES: usize = 256 * 1024;

/// Looks at a file. `name` is its file name as it came, `media_type` what its carrier calls it;
/// the latter counts only where the name has no known ending.
pub fn sniff(bytes: &[u8], name: Option<&str>, media_type: Option<&str>) -> Sniffed {
    let ending = name.and_then(by_ending);
    let wanted = ending.or_else(|| media_type.and_then(by_media_type));
    let format = match by_signature(bytes) {
        Some(format) => format,
        None if looks_binary(bytes) => Format::Unknown,
        None => by_beginning(bytes, wanted),
    };
    let name_agrees = ending.is_none_or(|ending| agrees(ending, format));
    Sniffed { format, name_agrees, oddity: oddity::find(bytes, format) }
}

fn agrees(ending: Format, found: Format) -> bool {
    match (ending, found) {
        // A text says little of itself: the name is believed unless the beginning speaks against it.
        (Format::Plain, Format::Json | Format::JsonLines) => true,
        (Format::Html, Format::Xml)
        | (Format::Zip, Format::Docx | Format::Xlsx | Format::Pptx | Format::Ofd | Format::OpenDocument) => {
            true
        }
        _ => ending == found,
    }
}

fn by_ending(name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "txt" | "text" | "log" => Format::Plain,
        "csv" => Format::Csv,
        "tsv" | "tab" => Format::Tsv,
        "json" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        "xml" => Format::Xml,
        "html" | "htm" | "xhtml" => Format::Html,
        "md" | "markdown" => Format::Markdown,
        "eml" => Format::Mail,
        "pdf" => Format::Pdf,
        "docx" | "docm" => Format::Docx,
        "xlsx" | "xlsm" => Format::Xlsx,
        "pptx" | "pptm" => Format::Pptx,
        "ofd" => Format::Ofd,
        "zip" => Format::Zip,
        "odt" | "ods" | "odp" => Format::OpenDocument,
        "msg" => Format::Msg,
        "doc" => Format::Doc,
        "xls" => Format::Xls,
        "ppt" => Format::Ppt,
        "rtf" => Format::Rtf,
        "png" => Format::Png,
        "jpg" | "jpeg" => Format::Jpeg,
        "gif" => Format::Gif,
        "tif" | "tiff" => Format::Tiff,
        "webp" => Format::Webp,
        "bmp" => Format::Bmp,
        "mp3" | "wav" | "m4a" | "mp4" | "mov" | "avi" | "ogg" | "opus" | "flac" | "amr" | "webm" | "mkv" => {
            Format::Recording
        }
        "gz" | "7z" | "rar" | "bz2" | "xz" | "zst" => Format::Compressed,
        _ => return None,
    })
}

fn by_media_type(media_type: &str) -> Option<Format> {
    let essence = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    Some(match essence.as_str() {
        "text/plain" => Format::Plain,
        "text/csv" => Format::Csv,
        "text/tab-separated-values" => Format::Tsv,
        "application/json" | "text/json" => Format::Json,
        "application/jsonl" | "application/x-ndjson" | "application/json-lines" => Format::JsonLines,
        "application/xml" | "text/xml" => Format::Xml,
        "text/html" | "application/xhtml+xml" => Format::Html,
        "text/markdown" => Format::Markdown,
        "message/rfc822" => Format::Mail,
        other if other.ends_with("+json") => Format::Json,
        other if other.ends_with("+xml") => Format::Xml,
        _ => return None,
    })
}

fn by_signature(bytes: &[u8]) -> Option<Format> {
    let at = |offset: usize, sign: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(sign));
    let head = bytes.get(..HEAD_BYTES.min(bytes.len())).unwrap_or(bytes);
    // Readers accept a PDF whose header comes late in the first kilobyte.
    let pdf_head = head.get(..1024.min(head.len())).unwrap_or(head);
    Some(match () {
        () if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") => zip_format(bytes),
        () if at(0, b"%PDF-") || (looks_binary(bytes) && contains(pdf_head, b"%PDF-")) => Format::Pdf,
        () if at(0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") => compound_format(bytes),
        () if at(0, b"{\\rtf") => Format::Rtf,
        () if at(0, b"\x89PNG\r\n\x1A\n") => Format::Png,
        () if at(0, b"\xFF\xD8\xFF") => Format::Jpeg,
        () if at(0, b"GIF87a") || at(0, b"GIF89a") => Format::Gif,
        () if at(0, b"II*\0") || at(0, b"MM\0*") => Format::Tiff,
        () if at(0, b"RIFF") && at(8, b"WEBP") => Format::Webp,
        () if at(0, b"BM") && looks_binary(bytes) => Format::Bmp,
        () if at(0, b"RIFF") || at(0, b"OggS") || at(0, b"fLaC") || at(0, b"#!AMR") => Format::Recording,
        () if at(0, b"ID3") || at(4, b"ftyp") || at(0, b"\x1A\x45\xDF\xA3") => Format::Recording,
        () if at(0, b"\x1F\x8B") || at(0, b"7z\xBC\xAF\x27\x1C") || at(0, b"Rar!\x1A\x07") => {
            Format::Compressed
        }
        () if at(0, b"BZh") && looks_binary(bytes) => Format::Compressed,
        () if at(0, b"\xFD7zXZ\0") || at(0, b"\x28\xB5\x2F\xFD") => Format::Compressed,
        () => return None,
    })
}

fn zip_format(bytes: &[u8]) -> Format {
    if let Some(names) = oddity::zip_names(bytes) {
        let mut text = false;
        for name in names {
            let format = match name {
                name if name.starts_with(b"word/document") => Format::Docx,
                name if name.starts_with(b"xl/workbook") => Format::Xlsx,
                name if name.starts_with(b"ppt/presentation") => Format::Pptx,
                b"OFD.xml" => Format::Ofd,
                b"content.xml" => {
                    text = true;
                    continue;
                }
                b"META-INF/manifest.xml" if text => Format::OpenDocument,
                _ => continue,
            };
            return format;
        }
        return Format::Zip;
    }
    // Without a directory, as of a file cut short, the names may still stand near its end.
    let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..).unwrap_or(bytes);
    for (name, format) in [
        (&b"word/document.xml"[..], Format::Docx),
        (b"xl/workbook.xml", Format::Xlsx),
        (b"ppt/presentation.xml", Format::Pptx),
        (b"OFD.xml", Format::Ofd),
    ] {
        if contains(tail, name) {
            return format;
        }
    }
    Format::Zip
}

/// Bytes of one entry of a compound file's directory; it begins with a name in UTF-16.
const COMPOUND_ENTRY_BYTES: usize = 128;

/// True for a compound file in which an Office document lies encrypted.
pub(super) fn is_encrypted_package(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.chunks_exact(COMPOUND_ENTRY_BYTES).any(|entry| entry.starts_with(&name))
}

/// What a compound file holds, by the names in its directory. A message comes first: what is attached to
/// it may have the other names.
fn compound_format(bytes: &[u8]) -> Format {
    let wide = |name: &str| name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let message = wide("__nameid_version1.0");
    let others = [
        (wide("WordDocument"), Format::Doc),
        (wide("Workbook"), Format::Xls),
        (wide("Book"), Format::Xls),
        (wide("PowerPoint Document"), Format::Ppt),
    ];
    let mut found = None;
    for entry in bytes.chunks_exact(COMPOUND_ENTRY_BYTES) {
        if entry.starts_with(&message) {
            return Format::Msg;
        }
        if found.is_none() {
            found = others.iter().find(|(name, _)| entry.starts_with(name)).map(|(_, format)| *format);
        }
    }
    found.unwrap_or(Format::Compound)
}

fn contains(bytes: &[u8], sign: &[u8]) -> bool {
    bytes.windows(sign.len()).any(|window| window == sign)
}

/// True if the first bytes have zero bytes that UTF-16 does not explain.
fn looks_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD_BYTES.min(bytes.len() & !1)).unwrap_or(bytes);
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    let double = head.chunks_exact(2).filter(|pair| *pair == [0, 0]).count();
    let marked = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    // In UTF-16 the zero bytes stand in every other place.
    let even = head.iter().step_by(2).filter(|byte| **byte == 0).count();
    double > 0 || (zeros > 0 && !marked && even.min(zeros - even) * 8 > zeros)
}

/// The format of a text, by how it begins; `wanted` is what its name says.
fn by_beginning(bytes: &[u8], wanted: Option<Format>) -> Format {
    let beginning = beginning(bytes);
    let starts = |sign: &str| beginning.starts_with(sign);
    let is_html = starts("<!doctype html") || starts("<html") || starts("<head") || starts("<body");
    match wanted {
        Some(Format::Html) if starts("<?xml") => Format::Html,
        Some(Format::Markdown | Format::Html) if starts("<") => wanted.unwrap_or(Format::Html),
        _ if starts("<?xml") => Format::Xml,
        _ if is_html => Format::Html,
        Some(format) if format.is_text_like() => format,
        Some(Format::Mail) => Format::Mail,
        _ if is_mail(&beginning) => Format::Mail,
        _ if starts("{") || starts("[") => json_or_lines(bytes),
        _ => Format::Plain,
    }
}

/// A text that begins like JSON and has a second value on its second line is JSON Lines.
fn json_or_lines(bytes: &[u8]) -> Format {
    let mut lines =
        bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let whole = |line: &[u8]| {
        (line.starts_with(b"{") && line.ends_with(b"}")) || (line.starts_with(b"[") && line.ends_with(b"]"))
    };
    let lined = lines.next().is_some_and(whole) && lines.next().is_some_and(whole);
    if lined { Format::JsonLines } else { Format::Json }
}

/// The first characters in lower case, without byte order mark, zero bytes and blanks before them.
fn beginning(bytes: &[u8]) -> String {
    let head = bytes.get(..HEAD_BYTES.min(bytes.len())).unwrap_or(bytes);
    let kept = head.iter().filter(|byte| !matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFF | 0xFE));
    let text: String = kept.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    text.trim_start().to_owned()
}

fn is_mail(beginning: &str) -> bool {
    const FIELDS: [&str; 8] =
        ["received:", "return-path:", "from:", "to:", "subject:", "mime-version:", "message-id:", "date:"];
    let mut lines = beginning.lines().take_while(|line| !line.is_empty());
    let named = |line: &str| FIELDS.iter().any(|field| line.starts_with(field));
    lines.next().is_some_and(|line| named(line) || line.starts_with("delivered-to:"))
        && lines.filter(|line| named(line)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_compound(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        for (place, name) in (4..).zip(names) {
            bytes.resize(place * 128, 0);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        }
        bytes.resize((4 + names.len()) * 128, 0);
        bytes
    }

    #[test]
    fn a_compound_file_is_what_its_directory_names() {
        for (names, name, format, agrees) in [
            (&["Root Entry", "WordDocument"][..], "a.doc", Format::Doc, true),
            (&["Root Entry", "Workbook"], "a.xlsx", Format::Xls, false),
            (&["Root Entry", "WordDocument", "__nameid_version1.0"], "a.msg", Format::Msg, true),
            (&["Root Entry", "EncryptedPackage"], "a.docx", Format::Compound, false),
        ] {
            assert_eq!(found(&a_compound(names), name), (format, agrees), "{names:?}");
        }
    }

    fn found(bytes: &[u8], name: &str) -> (Format, bool) {
        let sniffed = sniff(bytes, (!name.is_empty()).then_some(name), None);
        (sniffed.format, sniffed.name_agrees)
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (bytes, name, format, agrees) in [
            (&b"%PDF-1.7\n"[..], "a.pdf", Format::Pdf, true),
            (b"%PDF-1.7\n", "a.txt", Format::Pdf, false),
            (b"\x89PNG\r\n\x1A\n\0\0\0\r", "scan.jpg", Format::Png, false),
            (b"PK\x03\x04..word/document.xml", "a.docx", Format::Docx, true),
            (b"PK\x03\x04..word/document.xml", "a.xlsx", Format::Docx, false),
            (b"PK\x03\x04", "a.zip", Format::Zip, true),
            (b"<!DOCTYPE html><p>", "a.csv", Format::Html, false),
            (b"<?xml version='1.0'?><a/>", "", Format::Xml, true),
            (b"<?xml version='1.0'?><html/>", "a.xhtml", Format::Html, true),
            (b"\xEF\xBB\xBF \n<html>", "", Format::Html, true),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", "a.html", Format::Html, true),
            (b"a,b\n1,2\n", "a.CSV", Format::Csv, true),
            (b"a,b\n1,2\n", "", Format::Plain, true),
            (b"{\"a\":1}", "", Format::Json, true),
            (b"{\"a\":1}\n{\"a\":2}\n", "", Format::JsonLines, true),
            (b"{\"a\":1}\n{\"a\":2}\n", "events.log", Format::Plain, true),
            (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n\r\nhi", "", Format::Mail, true),
            (b"\x01\0\0\0\x02\0\0\0", "a.txt", Format::Unknown, false),
            (b"", "a.txt", Format::Plain, true),
            (b"MZ\x90\0\x03\0\0\0", "\u{6388}.pdf", Format::Unknown, false),
        ] {
            assert_eq!(found(bytes, name), (format, agrees), "{name} {bytes:?}");
        }
    }

    #[test]
    fn the_carrier_is_believed_where_the_name_says_nothing() {
        let sniffed = sniff(b"a,b\n", Some("upload"), Some("text/csv; charset=gb18030"));
        assert_eq!(sniffed, Sniffed { format: Format::Csv, name_agrees: true, oddity: None });
        assert_eq!(sniff(b"{}", None, Some("application/problem+json")).format, Format::Json);
    }
}
