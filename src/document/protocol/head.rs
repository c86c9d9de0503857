//! The heads of frames, as they stand in JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a frame is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case", deny_unknown_fields)]
pub enum Head {
    /// The child's first: what it has given up. Nothing is sent to it before.
    Hello {
        /// The edition of the protocol.
        protocol: u32,
        /// What it has given up.
        layers: Layers,
    },
    /// What to do, with what.
    Request {
        /// The edition of the protocol.
        protocol: u32,
        /// What to do.
        task: Task,
        /// Bytes of the document, which follow.
        bytes: u64,
        /// The file's name as it came.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What its carrier calls it.
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
        /// Bytes of text that are taken.
        text_bytes_max: u64,
        /// Bytes of what is asked for of a rendition; they stand before the document's.
        #[serde(default, skip_serializing_if = "is_zero")]
        asked_bytes: u64,
        /// Bytes of a font that stands in for those that a PDF does not hold; they stand behind what is asked for.
        #[serde(default, skip_serializing_if = "is_zero")]
        font_bytes: u64,
    },
    /// Bytes of the document; in a request before them those of what is asked for and of the font, in an answer
    /// those of a rendition or a picture.
    Content {},
    /// A rendition, or the picture of a page. Its report follows, then its bytes.
    Made {
        /// The format's word.
        format: String,
        /// Bytes of its report.
        report_bytes: u64,
        /// Its bytes.
        bytes: u64,
        /// Numbers given in the matter so far: bytes of the report that are they, at its end.
        numbers_bytes: u64,
    },
    /// Bytes of a report, and behind them of numbers.
    Report {},
    /// How far it has come.
    Progress {
        /// What is done.
        done: u64,
        /// Of how much; 0 if that is not known.
        of: u64,
    },
    /// What the document is. Its text follows.
    Document {
        /// The format's word.
        format: String,
        /// The encoding's name.
        charset: String,
        /// What became of the declared encoding.
        declaration: String,
        /// False if the name says that it is something else.
        name_agrees: bool,
        /// Why somebody should look at it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        review: Vec<String>,
        /// Pictures in it, of which no text was read.
        pictures: u64,
        /// Pages of which it is not certain what they say.
        #[serde(default, skip_serializing_if = "is_zero")]
        doubtful_pages: u64,
        /// The first of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        doubtful: Vec<DoubtfulPage>,
        /// Bytes of its text.
        text_bytes: u64,
        /// How many parts follow behind the text, if they were asked for.
        parts: u64,
    },
    /// Bytes of the text.
    Text {},
    /// Whole parts.
    Parts {},
    /// A document inside the one that was begun last: a `document` or `refused` of its own follows.
    Child {
        /// What it is.
        format: String,
        /// Where it stands.
        place: String,
    },
    /// Why the document is not read. Nothing more of it follows.
    Refused {
        /// The reason's word.
        reason: String,
        /// What the document is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// The encoding that it breaks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charset: Option<String>,
        /// The line of the fault, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        /// The byte of the fault, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
        /// How many or how much there is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<u64>,
        /// How much is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
    },
    /// All was said of the document that was begun last.
    End {},
}

/// A page of which it is not certain what it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtfulPage {
    /// The page, from 1; 0 for what stands beside the pages.
    pub page: u32,
    /// The words for the reasons.
    pub why: Vec<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a document is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// Its text.
    Text {
        /// With the places of its parts.
        parts: bool,
        /// A text that breaks the rules of its format is read as plain text.
        lenient: bool,
    },
    /// Its characters as they stand, marks of the format included; of a format that is no text, its text.
    Characters,
    /// A redacted rendition of it.
    Rendition,
    /// A picture of a page, redacted if a rendition's order comes with it.
    Page {
        /// The page, from 1.
        page: u32,
        /// Dots per inch.
        dots_per_inch: u16,
    },
}

/// What the child has given up before it reads the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// Memory, time, files and processes are limited.
    pub limits: bool,
    /// Nothing is open but standard input, output and error.
    pub descriptors: bool,
    /// No program that it could start would have more rights.
    pub no_new_privileges: bool,
    /// No other process of its account can look into it, and no core is written.
    pub undumpable: bool,
    /// It ends with whoever started it.
    pub ends_with_parent: bool,
    /// The edition of Landlock that keeps files and network from it; 0 for none.
    pub landlock: u8,
    /// A filter lets through only the system calls of a parser.
    pub filter: bool,
}

impl Layers {
    /// The words for the layers, as they are told to people and programs.
    pub const WORDS: [&'static str; 7] = [
        "limits",
        "descriptors",
        "no_new_privileges",
        "undumpable",
        "ends_with_parent",
        "landlock",
        "filter",
    ];

    /// The layers that are missing.
    pub fn missing(&self) -> Vec<&'static str> {
        let there = [
            self.limits,
            self.descriptors,
            self.no_new_privileges,
            self.undumpable,
            self.ends_with_parent,
            self.landlock > 0,
            self.filter,
        ];
        Self::WORDS.into_iter().zip(there).filter(|(_, there)| !there).map(|(word, _)| word).collect()
    }
}

impl Head {
    /// The frame's word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Request { .. } => "request",
            Self::Content {} => "content",
            Self::Made { .. } => "made",
            Self::Report {} => "report",
            Self::Progress { .. } => "progress",
            Self::Document { .. } => "document",
            Self::Text {} => "text",
            Self::Parts {} => "parts",
            Self::Child { .. } => "child",
            Self::Refused { .. } => "refused",
            Self::End {} => "end",
        }
    }
}

/// Names of files may be personal data.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
