//! Request bodies: JSON, or a form (RFC 7578) whose files are read from disk while they are sent.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use indicatif::ProgressBar;

use crate::base::digest::to_hex;
use crate::base::entropy::{Entropy as _, SystemEntropy};

/// Bytes read from a file at once.
const PIECE_BYTES: usize = 256 * 1024;

/// A part of a form.
#[derive(Clone)]
pub struct Part {
    /// The field's name.
    pub name: &'static str,
    /// The file's name.
    pub file_name: Option<String>,
    /// The media type.
    pub media_type: Option<String>,
    /// What is in it.
    pub content: Content,
}

/// The content of a part.
#[derive(Clone)]
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// A file of so many bytes.
    File(PathBuf, u64),
}

impl Content {
    /// Its bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }
}

enum Piece {
    Bytes(Bytes),
    File { path: PathBuf, left: u64, open: Option<File> },
}

/// A body of known length that may be sent once.
pub struct Sending {
    pieces: std::collections::VecDeque<Piece>,
    left: u64,
    progress: Option<ProgressBar>,
}

impl Sending {
    /// Bytes that lie in memory.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let left = bytes.len() as u64;
        Self { pieces: [Piece::Bytes(bytes.into())].into(), left, progress: None }
    }

    /// A form, and its `Content-Type`.
    pub fn of_form(parts: &[Part]) -> (String, Self) {
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        let boundary = format!("muniment-{}", to_hex(&random));
        let mut pieces = std::collections::VecDeque::new();
        let mut left = 0;
        for part in parts {
            let head = head(part, &boundary);
            left += head.len() as u64 + part.content.length() + 2;
            pieces.push_back(Piece::Bytes(head.into_bytes().into()));
            pieces.push_back(match &part.content {
                Content::Bytes(bytes) => Piece::Bytes(bytes.clone().into()),
                Content::File(path, length) => Piece::File { path: path.clone(), left: *length, open: None },
            });
            pieces.push_back(Piece::Bytes(Bytes::from_static(b"\r\n")));
        }
        let end = format!("--{boundary}--\r\n");
        left += end.len() as u64;
        pieces.push_back(Piece::Bytes(end.into_bytes().into()));
        (format!("multipart/form-data; boundary={boundary}"), Self { pieces, left, progress: None })
    }

    /// Moves this bar as bytes go out.
    pub fn with_progress(self, progress: ProgressBar) -> Self {
        // A form is longer than its files, and one that is sent again begins anew.
        progress.set_length(self.left);
        progress.set_position(0);
        Self { progress: Some(progress), ..self }
    }

    /// Bytes that are still to be sent.
    #[cfg(test)]
    pub fn left(&self) -> u64 {
        self.left
    }

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.pieces.front_mut()? {
                Piece::Bytes(bytes) => {
                    let bytes = std::mem::take(bytes);
                    self.pieces.pop_front();
                    if !bytes.is_empty() {
                        return Some(Ok(bytes));
                    }
                }
                Piece::File { left: 0, .. } => {
                    self.pieces.pop_front();
                }
                Piece::File { path, left, open } => {
                    return Some(read_piece(path, left, open));
                }
            }
        }
    }
}

/// The next bytes of a file that is to give `left` more of them.
fn read_piece(path: &PathBuf, left: &mut u64, open: &mut Option<File>) -> io::Result<Bytes> {
    let file = match open {
        Some(file) => file,
        None => open.insert(File::open(path)?),
    };
    let want = usize::try_from(*left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
    let mut buffer = vec![0; want];
    let count = file.read(&mut buffer)?;
    if count == 0 {
        // It was announced longer: what is sent must not pass for the whole file.
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the file became shorter while it was read",
        ));
    }
    buffer.truncate(count);
    *left -= count as u64;
    Ok(buffer.into())
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        let next = body.next();
        if let Some(Ok(bytes)) = &next {
            let count = bytes.len() as u64;
            body.left = body.left.saturating_sub(count);
            if let Some(progress) = &body.progress {
                progress.inc(count);
            }
        }
        Poll::Ready(next.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn head(part: &Part, boundary: &str) -> String {
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", part.name);
    if let Some(name) = &part.file_name {
        // As browsers write it (WHATWG): UTF-8 as it is, and three characters escaped. Other control
        // characters have no place in a field; the name itself, in the description, is refused for them.
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let name = name.replace(|letter: char| letter.is_ascii_control(), "_");
        head.push_str(&format!("; filename=\"{name}\""));
    }
    head.push_str("\r\n");
    if let Some(media_type) = &part.media_type {
        head.push_str(&format!("Content-Type: {media_type}\r\n"));
    }
    head.push_str("\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(mut body: Sending) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = body.next() {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole)
    }

    fn part(content: Content) -> Part {
        Part { name: "file", file_name: Some("授\"权.txt".to_owned()), media_type: None, content }
    }

    #[test]
    fn a_form_is_as_long_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, vec![b'x'; 3 * PIECE_BYTES / 2]).unwrap();
        let parts =
            [part(Content::Bytes(b"one".to_vec())), part(Content::File(path, 3 * PIECE_BYTES as u64 / 2))];
        let (media_type, body) = Sending::of_form(&parts);
        let announced = body.left();
        let whole = sent(body).unwrap();
        assert_eq!(whole.len() as u64, announced);
        let boundary = media_type.split_once("boundary=").unwrap().1;
        let text = String::from_utf8(whole).unwrap();
        assert_eq!(text.matches(boundary).count(), 3);
        assert!(text.contains("filename=\"授%22权.txt\"\r\n\r\none\r\n"));
        assert!(text.ends_with(&format!("--{boundary}--\r\n")));
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_and_never_a_shorter_capture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, b"short").unwrap();
        let (_, body) = Sending::of_form(&[part(Content::File(path, 9))]);
        assert_eq!(sent(body).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
