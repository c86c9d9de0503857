//! Statements: what the log's key signs besides checkpoints, as C2SP signed notes, so that the
//! tools that read checkpoints check them too.
//!
//! A statement can never pass for a checkpoint: its first line names what it is about, and its
//! second line is never a number, which is what a checkpoint has there.

use signed_note::Note;

use super::checkpoint::{CheckpointError, LogKey, signed_note, signers};

/// What a statement is about: its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The contents of an export bundle.
    Bundle,
}

impl Subject {
    /// The first line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bundle => "muniment-bundle/v1",
        }
    }
}

/// Why a statement cannot be made: a line that is empty, has control characters, or would let
/// the statement pass for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a statement's lines are plain text, and the first of them is no number")]
pub struct BadStatement;

/// Signs `lines` about `subject`.
///
/// # Errors
/// If there is no line, a line is empty or has control characters, or the first is a number.
pub fn sign(key: &LogKey, subject: Subject, lines: &[&str]) -> Result<String, BadStatement> {
    let first = lines.first().ok_or(BadStatement)?;
    let number = first.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |line: &&str| !line.is_empty() && !line.chars().any(char::is_control);
    if number || !lines.iter().all(plain) {
        return Err(BadStatement);
    }
    let text = format!("{}\n{}\n", subject.as_str(), lines.join("\n"));
    let mut note = Note::new(text.as_bytes(), &[]).map_err(|_| BadStatement)?;
    note.add_sigs(&[&key.signer]).map_err(|_| BadStatement)?;
    String::from_utf8(note.to_bytes()).map_err(|_| BadStatement)
}

/// The lines that the key of `vkey` signed about `subject`.
///
/// # Errors
/// If the note or the key is malformed, or the note is about something else, not signed by that key, or by others too:
/// nothing vouches for what they sign.
pub fn open(note: &str, vkey: &str, subject: Subject) -> Result<Vec<String>, CheckpointError> {
    let signers = signers(note).len();
    let (note, _) = signed_note(note, vkey)?;
    if signers != 1 {
        return Err(CheckpointError::StraySignature);
    }
    let text = std::str::from_utf8(note.text()).map_err(|_| CheckpointError::NotANote)?;
    let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::NotANote)?.split('\n');
    if lines.next() != Some(subject.as_str()) {
        return Err(CheckpointError::NotANote);
    }
    Ok(lines.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{checkpoint, golden};

    #[test]
    fn a_statement_is_opened_with_the_logs_key() {
        let note = sign(&golden::log_key(), Subject::Bundle, &["one", "二"]).unwrap();
        assert_eq!(open(&note, &golden::log_key().vkey(), Subject::Bundle).unwrap(), ["one", "二"]);
    }

    #[test]
    fn a_statement_is_no_checkpoint_and_a_checkpoint_no_statement() {
        let note = sign(&golden::log_key(), Subject::Bundle, &["x7", "root"]).unwrap();
        assert!(checkpoint::open(&note, &golden::log_key().vkey()).is_err());
        assert_eq!(sign(&golden::log_key(), Subject::Bundle, &["7", "root"]), Err(BadStatement));
        let note = checkpoint::sign(&golden::log_key(), 7, &golden::root());
        assert_eq!(open(&note, &golden::log_key().vkey(), Subject::Bundle), Err(CheckpointError::NotANote));
    }

    #[test]
    fn nobody_signs_a_statement_beside_the_log() {
        let note = sign(&golden::log_key(), Subject::Bundle, &["one"]).unwrap();
        let stray = format!("{note}— court.example AAAAAAAA\n");
        let opened = open(&stray, &golden::log_key().vkey(), Subject::Bundle);
        assert_eq!(opened, Err(CheckpointError::StraySignature));
    }

    #[test]
    fn a_line_cannot_smuggle_another_one_in() {
        for line in ["", "a\nb", "a\r"] {
            assert_eq!(sign(&golden::log_key(), Subject::Bundle, &[line]), Err(BadStatement));
        }
    }

    #[test]
    fn every_single_bit_flip_of_a_statement_is_refused() {
        let note = sign(&golden::log_key(), Subject::Bundle, &["one", "two"]).unwrap().into_bytes();
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = std::str::from_utf8(&flipped) {
                assert!(open(text, &golden::log_key().vkey(), Subject::Bundle).is_err(), "bit {bit}");
            }
        }
    }
}
