use std::io::{Cursor, Write as _};

use super::*;
use crate::base::limits::{MAIL_DEPTH_MAX, MAIL_PARTS_MAX};
use crate::document::encoding::Charset;
use crate::document::testing::{read, tell, told};

#[test]
fn parts_stand_between_boundaries() {
    let body = b"before\r\n--b\r\none\r\n--b \r\n\r\ntwo\r\n--bc\r\n--b--\r\nbehind";
    assert_eq!(split(body, "b"), [&b"one"[..], b"\r\ntwo\r\n--bc"]);
    assert_eq!(split(b"--b\nopen", "b"), [&b"open"[..]]);
    assert!(split(b"none", "b").is_empty());
}

#[test]
fn fields_end_at_a_blank_line() {
    assert_eq!(halves(b"a: b\r\n\r\nbody"), (&b"a: b\r\n\r\n"[..], &b"body"[..]));
    assert_eq!(halves(b"a: b\n"), (&b"a: b\n"[..], &b""[..]));
}

#[test]
fn a_mail_tells_its_head_its_bodies_and_its_attachments_by_their_content() {
    let gbk = LENIENT.encode(Charset::Gb18030.encode("您好，王小明\n\n电话 139").unwrap());
    let csv = LENIENT.encode(Charset::Gb18030.encode("姓名,手机\n李四,138\n").unwrap());
    let mail = format!(
        "From: =?gb2312?B?{}?= <a@b.example>\r\nTo: c@d.example\r\nSubject: =?utf-8?Q?=E6=8E=88?= x\r\nX-Tag: t1 tag\r\n\
         Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: text/plain; charset=gbk\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{gbk}\r\n--o\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename*=utf-8''%E8%A1%A8.csv\r\nContent-Transfer-Encoding: base64\r\n\r\n{csv}\r\n\
         --o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhi\r\n--o--\r\n",
        LENIENT.encode(Charset::Gb18030.encode("王小明").unwrap())
    );
    let extracted = read(mail.as_bytes(), "a.eml").unwrap();
    let expected = tell(&[
        (Role::Text, "Subject 1", "授 x"),
        (Role::Text, "From 1", "王小明 <a@b.example>"),
        (Role::Text, "To 1", "c@d.example"),
        (Role::Text, "body 1", "您好，王小明"),
        (Role::Text, "body 3", "电话 139"),
        (Role::Metadata, "field X-Tag 1", "t1 tag"),
        (Role::Metadata, "field Content-Disposition 1", "表.csv"),
        (Role::AttachmentName, "part 2 1", "表.csv"),
    ]);
    let told = told(&extracted);
    assert!(
        expected
            .iter()
            .filter(|part| part.1 != "field Content-Disposition 1")
            .all(|part| told.contains(part)),
        "{told:#?}"
    );
    let children: Vec<(Format, &str)> =
        extracted.documents()[1..].iter().map(|inner| (inner.format, inner.text())).collect();
    assert_eq!(children, [(Format::Csv, "姓名\t手机\n李四\t138\n"), (Format::Mail, "Subject: inner\nhi")]);
}

#[test]
fn mail_in_mail_and_parts_are_read_as_far_as_the_limits() {
    let mut mail = "Subject: innermost\r\n\r\nhi\r\n".to_owned();
    for _ in 1..MAIL_DEPTH_MAX {
        mail = format!("Content-Type: message/rfc822\r\n\r\n{mail}");
    }
    assert_eq!(read(mail.as_bytes(), "a.eml").unwrap().documents().len(), MAIL_DEPTH_MAX);
    let deeper = format!("Content-Type: message/rfc822\r\n\r\n{mail}");
    assert_eq!(read(deeper.as_bytes(), "a.eml").err(), Some(Refused::TooManyLevels { most: MAIL_DEPTH_MAX }));
    let many = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\n\r\nx\r\n".repeat(1_000)
    );
    let refused = Refused::TooManyEntries { entries: 1_001, most: MAIL_PARTS_MAX };
    assert_eq!(read(many.as_bytes(), "a.eml").err(), Some(refused));
}

#[test]
fn a_header_that_is_too_long_is_told_in_bytes() {
    let mail = format!("X-Filler: {}\r\n\r\nhi\r\n", "x".repeat(13_888_900));
    let refused = read(mail.as_bytes(), "a.eml").err();
    assert!(
        matches!(refused, Some(Refused::HeaderTooLong { bytes: 13_888_900.., most: 1_048_576 })),
        "{refused:?}"
    );
}

#[test]
fn boundaries_that_never_come_cost_one_pass() {
    // Each part promises a boundary of its own.
    let part = |n: usize| format!("--b\r\nContent-Type: multipart/mixed; boundary=never{n}\r\n\r\ntext\r\n");
    let parts: String = (0..900).map(part).collect();
    let mail = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n{}",
        "x\r\n".repeat(500_000)
    );
    assert_eq!(read(mail.as_bytes(), "a.eml").unwrap().children.len(), 0);
}

/// A message of Outlook with these streams.
fn message(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_storage("/__nameid_version1.0").unwrap();
    for (name, content) in streams {
        let path = std::path::Path::new("/").join(name);
        file.create_storage_all(path.parent().unwrap()).unwrap();
        file.create_stream(&path).unwrap().write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn wide(text: &str) -> Vec<u8> {
    Charset::Utf16Le.encode(text).unwrap()
}

#[test]
fn a_message_of_outlook_tells_its_head_its_body_and_its_attachments() {
    // The sending time: 2026-03-01T00:00:00Z in hundreds of nanoseconds since 1601.
    let ticks = (1_772_323_200_i64 + 11_644_473_600) * 10_000_000;
    let mut fixed = vec![0; 32];
    fixed.extend([0x40, 0, 0x39, 0, 6, 0, 0, 0]);
    fixed.extend(ticks.to_le_bytes());
    let bytes = message(&[
        ("__properties_version1.0", &fixed),
        ("__substg1.0_0037001F", &wide("主题")),
        ("__substg1.0_0C1A001F", &wide("王小明")),
        ("__substg1.0_1000001F", &wide("正文一\r\n正文二")),
        ("__substg1.0_3FFA001F", &wide("李四")),
        ("__recip_version1.0_#00000000/__substg1.0_39FE001F", &wide("a@b.example")),
        ("__attach_version1.0_#00000000/__substg1.0_3707001F", &wide("表.csv")),
        ("__attach_version1.0_#00000000/__substg1.0_37010102", "a,b\n1,2\n".as_bytes()),
        ("__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0", &[]),
        ("__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_1000001F", &wide("内信")),
    ]);
    let extracted = read(&bytes, "a.msg").unwrap();
    let expected = tell(&[
        (Role::Text, "Subject 1", "主题"),
        (Role::Text, "From 1", "王小明"),
        (Role::Text, "Date 1", "2026-03-01T00:00:00Z"),
        (Role::Text, "body 1", "正文一"),
        (Role::Text, "body 2", "正文二"),
        (Role::Metadata, "property 0x3FFA 1", "李四"),
        (Role::Metadata, "recipient 0x39FE 1", "a@b.example"),
        (Role::AttachmentName, "attachment 1 1", "表.csv"),
    ]);
    assert_eq!(told(&extracted), expected);
    let children: Vec<(Format, &str)> =
        extracted.documents()[1..].iter().map(|inner| (inner.format, inner.text())).collect();
    assert_eq!(children, [(Format::Csv, "a\tb\n1\t2\n"), (Format::Msg, "内信")]);
}

/// Pieces of fields, and of what breaks them.
const PIECES: &[&str] = &[
    "From: ",
    "To: ",
    "Subject: ",
    "Date: ",
    "Received: ",
    "Content-Type: ",
    "Content-Disposition: ",
    "References: ",
    "List-Id: ",
    "X: ",
    "\r\n",
    "\n",
    "\r\n ",
    " ",
    "=?gb2312?B?",
    "=?utf-8?Q?",
    "?=",
    "=",
    "=C",
    "=C4",
    "?",
    "zvk=",
    "multipart/mixed",
    "text/plain",
    "attachment",
    ";",
    "boundary=",
    "filename*0*=",
    "filename*1=",
    "filename*=utf-8''%E8%A",
    "charset=utf-7",
    "charset=gbk",
    "\"",
    "\\",
    "(",
    ")",
    "<",
    ">",
    "@",
    ",",
    ":",
    "Mon, ",
    "99 Feb 2026 25:61:61 +9999",
    "from a by b with c",
    "授权",
    "\u{0}",
    "+-",
    "+AGE",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn no_fields_make_reading_mail_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let fields = format!("{}\r\n\r\nbody", pieces.concat());
        drop(read(fields.as_bytes(), "a.eml"));
    }

    #[test]
    fn no_bytes_make_reading_mail_panic(bytes: Vec<u8>, at in 0_usize..8_000, byte: u8) {
        let mail = [b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".as_slice(), &bytes].concat();
        drop(read(&mail, "a.eml"));
        let mut outlook = message(&[("__substg1.0_0037001F", b"a\0"), ("__substg1.0_10090102", b"\0\0\0\0\0\0\0\0LZFu")]);
        let place = at % outlook.len();
        outlook[place] = byte;
        drop(read(&outlook, "a.msg"));
    }
}
