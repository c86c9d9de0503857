//! Text of foreign exports, read by the rules that the archive reads every text with.

use zeroize::Zeroizing;

use super::table_fault::{TableFault, TableProblem};
use crate::document::{self, Charset, NotText};

/// Decodes with the declared encoding (a label of the Encoding standard), or finds which of UTF-8, UTF-16, GB18030
/// and Big5 it is where none is declared. Strict: a byte that is no text is a fault, never a replacement character.
///
/// Gives the text without byte order mark, and what it was in. A declaration that the bytes
/// contradict is overruled, except UTF-8: who says UTF-8 and writes something else is told where.
pub(super) fn decode(
    bytes: &[u8],
    declared: Option<&str>,
) -> Result<(Zeroizing<String>, Charset), TableFault> {
    let declared = declared.map(str::trim);
    if declared.is_some_and(|label| Charset::parse(label).is_none()) {
        return Err(TableFault::whole(TableProblem::UnknownEncoding));
    }
    match document::decode_table(bytes, declared) {
        Ok(decoded) => Ok((decoded.text, decoded.charset)),
        Err(NotText::Malformed { charset, offset, line }) => {
            let problem = TableProblem::Encoding { byte: offset, encoding: charset.as_str() };
            Err(TableFault::line(u64::try_from(line).unwrap_or(u64::MAX), problem))
        }
        Err(NotText::Unclear | NotText::Binary) => Err(TableFault::whole(TableProblem::UnknownEncoding)),
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GB18030};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_byte_that_is_nothing(b"\xff")]
    #[case::a_letter_of_an_older_western_program(b"Caf\xe9")]
    #[case::half_a_character(b"\xe5\xae")]
    fn a_table_in_utf8_with_a_broken_byte_is_refused_for_that_byte(#[case] broken: &[u8]) {
        let before =
            "kind,case,occurred,title,file\nticket,SC-6,2026-02-03,客户授权,a.txt\nticket,SC-6,2026-02-03,";
        let bytes = [before.as_bytes(), broken, b",a.txt\n"].concat();
        let fault = decode(&bytes, None).unwrap_err();
        assert!(matches!(fault.problem, TableProblem::Encoding { encoding: "UTF-8", .. }), "{fault:?}");
        assert_eq!(fault.line, 3);
    }

    #[test]
    fn a_table_in_no_encoding_of_the_trade_is_refused_and_read_where_it_is_declared() {
        let bytes = b"kind,case,occurred,title,file\nticket,SC-6,2026-02-03,Caf\xe9 M\xfcller,a.txt\n";
        let fault = decode(bytes, None).unwrap_err();
        assert_eq!(fault.line, 2);
        assert!(decode(bytes, Some("windows-1252")).unwrap().0.contains("Café Müller"));
        for (charset, text) in [(GB18030, "客户授权文件"), (BIG5, "客戶授權文件")] {
            let (bytes, ..) = charset.encode(text);
            assert_eq!(*decode(&bytes, None).unwrap().0, *text);
        }
    }
}
