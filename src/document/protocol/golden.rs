//! The bytes of a whole exchange, reviewed by eye: whoever changes them changes the edition.

use super::tests::{an_answer, written};
use super::{Request, RequestWriter, Task};

/// Frames as people read them: both lengths, the head, and the bytes behind it.
fn shown(mut bytes: &[u8]) -> String {
    let mut shown = String::new();
    while !bytes.is_empty() {
        let (lengths, rest) = bytes.split_at(8);
        let length =
            |at: usize| usize::try_from(u32::from_be_bytes(lengths[at..at + 4].try_into().unwrap())).unwrap();
        let (head, rest) = rest.split_at(length(0));
        let (blob, rest) = rest.split_at(length(4));
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        shown += &format!("{} {}\n", hex(lengths), std::str::from_utf8(head).unwrap());
        if !blob.is_empty() {
            shown += &format!("  {}\n", hex(blob));
        }
        bytes = rest;
    }
    shown
}

#[test]
fn the_bytes_of_a_request_are_these() {
    let task = Task::Text { parts: true, lenient: false };
    let request = Request::new(task, Some("名单.csv"), Some("text/csv; charset=utf-8"));
    insta::assert_snapshot!(shown(&written(RequestWriter::new(&request, "姓名,a\n".as_bytes()).unwrap())));
}

#[test]
fn the_bytes_of_an_answer_are_these() {
    insta::assert_snapshot!(shown(&an_answer(true)));
}
