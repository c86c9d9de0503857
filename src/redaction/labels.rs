//! The words that say what stands beside them: `手机号：`, `"idNo":`, `passport no.`, a column's
//! header. One automaton finds all of them in one pass. Latin words count only as whole words.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::class::{LABEL, LOWER, SPECIAL, UPPER};
use super::kind::Kind;
use super::normal::Text;
use words::WORDS;

mod words;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A value of this type.
    Is(Kind),
    /// A person or an organisation: 甲方, 原告, customer.
    Party,
    /// Some identity document; which one, its form decides.
    Document,
    /// A number that stands for no person: version, hash, page.
    Nothing,
    /// A sum of money.
    Amount,
    /// The number of an order, a ticket, a contract: of nobody, but it leads back to a case.
    Reference,
    /// An age. Recognisers that look for numbers of persons pass over it.
    Age,
    /// A surname or a given name in a cell of its own. Elsewhere the words mean nothing.
    NamePart,
    /// An area code in a cell of its own.
    AreaCode,
}

impl Label {
    /// True for what says what a cell holds, and nothing of what stands behind it elsewhere.
    pub const fn is_of_cells(self) -> bool {
        matches!(self, Self::Age | Self::NamePart | Self::AreaCode)
    }

    /// True for what announces no number of a person.
    pub const fn is_nothing(self) -> bool {
        matches!(self, Self::Nothing | Self::Amount | Self::Reference)
    }
}

/// A label found in a text; positions in characters of the normalised text.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// First character of the label.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// What it announces.
    pub label: Label,
}

/// Every spelling of every label.
static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// Places of the table by which spellings are found; a power of two.
const TABLE: usize = 1 << 15;

#[derive(Clone, Copy)]
struct Spelling {
    /// Where its characters begin among all letters.
    from: usize,
    len: usize,
    label: Label,
}

/// Spellings by what they begin with: a Latin word by the whole of it, anything else by two
/// characters. Nearly every place of a text begins none, and one bit says so.
struct Index {
    /// By the place of their beginning in the table; of those at one place the longest first.
    spellings: Vec<Spelling>,
    /// The characters of all spellings, one after the other.
    letters: Vec<char>,
    /// Where the spellings of each place begin; one more entry says where the last end.
    starts: Vec<u16>,
    /// One bit for each place that has spellings: small enough to stay near the processor.
    taken: Vec<u64>,
    /// Spellings of one character.
    single: Vec<(char, Label)>,
    /// Characters of the longest Latin word with which one begins.
    longest_word: usize,
    /// One bit for each beginning of the Latin words with which spellings begin.
    beginnings: Vec<u64>,
}

impl Index {
    fn new() -> Self {
        let mut known: HashSet<String> = HashSet::new();
        let mut words: Vec<(Vec<char>, Label)> = Vec::new();
        for (label, han, latin) in WORDS {
            for word in han.split_whitespace().chain(latin.split('|').filter(|word| !word.is_empty())) {
                let bare = word.replace(' ', "");
                if !known.insert(bare.clone()) {
                    continue;
                }
                words.push((word.chars().collect(), *label));
                if word.contains(' ') {
                    for spelling in [bare, word.replace(' ', "_"), word.replace(' ', "-")] {
                        words.push((spelling.chars().collect(), *label));
                    }
                }
            }
        }
        let (single, mut longer): (Vec<_>, Vec<_>) = words.into_iter().partition(|(word, _)| word.len() == 1);
        longer.sort_by(|a, b| {
            place_of(&a.0).cmp(&place_of(&b.0)).then(b.0.len().cmp(&a.0.len())).then(a.0.cmp(&b.0))
        });
        let count = |place: usize| longer.partition_point(|(word, _)| place_of(word) < place);
        let starts = (0..=TABLE).map(|place| u16::try_from(count(place)).unwrap_or(u16::MAX)).collect();
        let mut index = Self {
            spellings: Vec::with_capacity(longer.len()),
            letters: Vec::new(),
            starts,
            taken: vec![0; TABLE / 64],
            single: single
                .into_iter()
                .filter_map(|(word, label)| word.first().map(|one| (*one, label)))
                .collect(),
            beginnings: vec![0; BEGINNINGS / 64],
            longest_word: longer.iter().map(|(word, _)| first_word(word)).max().unwrap_or(0),
        };
        for (word, label) in longer {
            let letters = first_word(&word);
            let head: [char; HEAD] = std::array::from_fn(|i| word.get(i).copied().unwrap_or(' '));
            let beginning = beginning(head, letters.min(HEAD));
            if let Some(bits) = index.beginnings.get_mut(beginning / 64) {
                *bits |= 1 << (beginning % 64);
            }
            let place = place_of(&word);
            if let Some(bits) = index.taken.get_mut(place / 64) {
                *bits |= 1 << (place % 64);
            }
            index.spellings.push(Spelling { from: index.letters.len(), len: word.len(), label });
            index.letters.extend(word);
        }
        index
    }

    fn is_taken(&self, place: usize) -> bool {
        self.taken.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }

    /// The longest spelling of one place of the table that stands whole at a position of the text.
    fn longest(&self, text: &Text, at: usize, place: usize) -> Option<(usize, Label)> {
        let Some([from, to]) = self.starts.get(place..place + 2) else { return None };
        let rest = text.fold().get(at..).unwrap_or_default();
        let alike = self.spellings.get(usize::from(*from)..usize::from(*to)).unwrap_or_default();
        let stands = |spelling: &&Spelling| {
            let word = self.letters.get(spelling.from..spelling.from + spelling.len).unwrap_or_default();
            rest.starts_with(word) && whole_word(text, at, at + spelling.len)
        };
        alike.iter().find(stands).map(|spelling| (spelling.len, spelling.label))
    }

    /// The longest spelling that begins with the character at a position, which is not Latin.
    #[inline]
    fn at_character(&self, text: &Text, at: usize) -> Option<(usize, Label)> {
        let first = text.folded_at(at);
        let place = place(mixed(mixed(START, first), text.folded_at(at + 1)));
        let longer = if self.is_taken(place) { self.longest(text, at, place) } else { None };
        longer.or_else(|| self.single.iter().find(|(one, _)| *one == first).map(|(_, label)| (1, *label)))
    }

    /// True unless no spelling begins with the first letters of the Latin word at a position.
    #[inline]
    fn may_begin(&self, text: &Text, at: usize) -> bool {
        const LETTERS: u32 = u32::from_le_bytes([LOWER | UPPER; HEAD]);
        const FULL: u32 = u32::from_le_bytes([0x7F; HEAD]);
        // Where the case changes so soon, the word may end.
        const CHANGE: u32 = u32::from_le_bytes([0, UPPER, UPPER, UPPER]);
        let classes = text.classes(at, at + HEAD).first_chunk::<HEAD>();
        let fold = text.fold_slice(at, at + HEAD).first_chunk::<HEAD>();
        let (Some(classes), Some(fold)) = (classes, fold) else { return true };
        let classes = u32::from_le_bytes(*classes);
        if classes & CHANGE != 0 {
            return true;
        }
        // The high bit of each byte that is no letter; the lowest is where the word ends.
        let outside = !(classes & LETTERS).wrapping_add(FULL) & !FULL;
        let beginning = beginning(*fold, (outside.trailing_zeros() / 8) as usize);
        self.beginnings.get(beginning / 64).is_some_and(|bits| bits >> (beginning % 64) & 1 == 1)
    }

    /// The longest spelling that begins with the Latin word at a position; a change of case as in
    /// `phoneNumber` may end the word.
    #[inline]
    fn at_word(&self, text: &Text, at: usize) -> Option<(usize, Label)> {
        if !self.may_begin(text, at) {
            return None;
        }
        let most = (at + self.longest_word + 1).min(text.len());
        let classes = text.classes(at, most);
        let fold = text.fold_slice(at, most);
        let mut longest: Option<(usize, Label)> = None;
        let (mut hash, mut small) = (START, false);
        for (class, letter) in classes.iter().zip(fold) {
            if class & (LOWER | UPPER) == 0 {
                return self.at_border(text, at, hash).or(longest);
            }
            let large = class & UPPER != 0;
            if small && large {
                longest = self.at_border(text, at, hash).or(longest);
            }
            small = !large;
            hash = mixed(hash, *letter);
        }
        // Longer than the word of any spelling, unless the text ends here.
        if most == text.len() { self.at_border(text, at, hash).or(longest) } else { longest }
    }

    #[inline]
    fn at_border(&self, text: &Text, at: usize, hash: u32) -> Option<(usize, Label)> {
        let place = place(hash);
        if self.is_taken(place) { self.longest(text, at, place) } else { None }
    }
}

/// Characters of the Latin word with which a spelling begins.
fn first_word(word: &[char]) -> usize {
    word.iter().take_while(|c| c.is_ascii_alphabetic()).count()
}

fn place_of(word: &[char]) -> usize {
    let most = if word.first().is_some_and(char::is_ascii_alphabetic) { first_word(word) } else { 2 };
    place(word.iter().take(most).fold(START, |hash, c| mixed(hash, *c)))
}

/// Letters of a word by which it is told apart first.
const HEAD: usize = 4;
/// Places of the table of beginnings; a power of two.
const BEGINNINGS: usize = 1 << 13;

/// The place of a word's beginning in its table: its first letters, of which `count` are its own.
#[inline]
fn beginning(letters: [char; HEAD], count: usize) -> usize {
    let key = letters.iter().fold(0u32, |key, c| key << 5 | (*c as u32 & 31));
    // Five bits for each letter; what stands behind the word counts as nothing.
    let own = key & (u32::MAX << (5 * HEAD.saturating_sub(count)));
    (own.wrapping_mul(0x9E37_79B1) >> 19) as usize & (BEGINNINGS - 1)
}

const START: u32 = 0x811C_9DC5;

#[inline]
fn mixed(hash: u32, c: char) -> u32 {
    (hash.rotate_left(5) ^ c as u32).wrapping_mul(0x9E37_79B1)
}

#[inline]
fn place(hash: u32) -> usize {
    (hash >> 17) as usize & (TABLE - 1)
}

/// Every label of a text, in order, none overlapping another.
pub fn find(text: &Text) -> Vec<Hit> {
    let index = &*INDEX;
    let mut hits = Vec::with_capacity(text.len() / 64 + 8);
    let mut at = text.next_with(LABEL | SPECIAL, 0);
    while at < text.len() {
        let latin = text.folded_at(at).is_ascii();
        let found = if latin { index.at_word(text, at) } else { index.at_character(text, at) };
        let length = found.map_or(1, |(length, label)| {
            hits.push(Hit { start: at, end: at + length, label });
            length
        });
        at = text.next_with(LABEL | SPECIAL, at + length);
    }
    hits
}

/// The characters with which spellings begin, folded.
pub(super) fn beginnings() -> impl Iterator<Item = char> {
    WORDS.iter().flat_map(|(_, han, latin)| {
        han.split_whitespace().chain(latin.split('|')).filter_map(|word| word.chars().next())
    })
}

/// True if a spelling begins with a folded character.
pub(super) fn begins_with(c: char) -> bool {
    static FIRST: LazyLock<HashSet<char>> = LazyLock::new(|| beginnings().collect());
    FIRST.contains(&c)
}

/// A Latin word must not continue on either side; a change to upper case is a border.
fn whole_word(text: &Text, start: usize, end: usize) -> bool {
    let first = text.at(start);
    let last = text.before(end);
    let before = text.before(start);
    let after = text.at(end);
    let left = !first.is_ascii_alphabetic()
        || !before.is_ascii_alphanumeric()
        || (before.is_ascii_lowercase() && first.is_ascii_uppercase());
    let right = !last.is_ascii_alphabetic()
        || !after.is_ascii_alphabetic()
        || (last.is_ascii_lowercase() && after.is_ascii_uppercase());
    left && right
}

/// What a key or column header announces, which lies at `start..end` of the text whose labels
/// are `hits`: the label that is the whole of it, or else its last part.
pub fn of_key(text: &Text, hits: &[Hit], start: usize, end: usize) -> Option<Label> {
    let end = (start..end).rev().find(|p| text.at(*p).is_alphanumeric())? + 1;
    let after = hits.partition_point(|hit| hit.end <= end);
    let hit = hits.get(after.checked_sub(1)?).filter(|hit| hit.end == end && hit.start >= start)?;
    let first = (start..hit.start).find(|p| text.at(*p).is_alphanumeric());
    let Some(first) = first else { return Some(hit.label) };
    // 报名, 品名: a part of another word.
    if hit.start - first > OWNER_MOST || matches!(hit.label, Label::NamePart) {
        return None;
    }
    // `host_name`, `event name`: a name, but of no person.
    if text.has(hit.start, "name") && hit.end - hit.start == 4 {
        let owner_end =
            (first..hit.start).rev().find(|p| text.at(*p).is_alphanumeric()).map_or(hit.start, |p| p + 1);
        let person = PEOPLE.iter().any(|owner| {
            owner_end.checked_sub(owner.len()).is_some_and(|p| p >= first && text.has(p, owner))
        });
        return Some(if person { hit.label } else { Label::Nothing });
    }
    Some(hit.label)
}

/// Most characters of a key before its announcing part.
const OWNER_MOST: usize = 24;

/// Whose `… name` is a person's.
const PEOPLE: &[&str] = &[
    "customer",
    "user",
    "patient",
    "client",
    "contact",
    "employee",
    "staff",
    "member",
    "owner",
    "holder",
    "sender",
    "receiver",
    "recipient",
    "student",
    "teacher",
    "doctor",
    "provider",
    "agent",
    "buyer",
    "seller",
    "applicant",
    "guest",
    "passenger",
    "driver",
    "full",
    "first",
    "last",
    "middle",
    "given",
    "family",
    "maiden",
    "legal",
    "real",
    "operator",
    "author",
    "signer",
    "payee",
    "payer",
    "insured",
    "person",
    "subject",
    "actor",
    "courier",
    "manager",
    "billing",
    "shipping",
    "delivery",
    "attorney",
    "judge",
    "plaintiff",
    "defendant",
    "tenant",
    "display",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(text: &Text) -> Option<Label> {
        of_key(text, &find(text), 0, text.len())
    }

    #[test]
    fn keys_in_any_spelling_announce_the_same() {
        for key in
            ["phone_number", "phoneNumber", "Phone Number", "PHONE-NUMBER", "手机号码", "客户手机", "手機"]
        {
            assert_eq!(announced(&Text::new(key)), Some(Label::Is(Kind::Phone)), "{key}");
        }
        assert_eq!(announced(&Text::new("customer_name")), Some(Label::Is(Kind::Person)));
        assert_eq!(announced(&Text::new("host_name")), Some(Label::Nothing));
        assert_eq!(announced(&Text::new("billingAddress")), Some(Label::Is(Kind::Address)));
        assert_eq!(announced(&Text::new("remark")), None);
    }

    #[test]
    fn a_change_of_case_ends_a_latin_label_however_short() {
        let kinds = |text: &str| find(&Text::new(text)).iter().map(|hit| hit.label).collect::<Vec<_>>();
        assert_eq!(kinds("telNo"), [Label::Is(Kind::Phone)]);
        assert_eq!(kinds("userTel,QQ号"), [Label::Is(Kind::Phone), Label::Is(Kind::Qq)]);
        assert_eq!(kinds("TELEPHONE"), [Label::Is(Kind::Phone)]);
        // No longer than a word of any label is looked back at: this would else take quadratic time.
        assert_eq!(kinds(&"aB".repeat(200_000)), []);
    }

    #[test]
    fn latin_labels_are_whole_words() {
        let kinds = |text: &str| find(&Text::new(text)).iter().map(|hit| hit.label).collect::<Vec<_>>();
        assert_eq!(kinds("telling microphones recall"), []);
        assert_eq!(kinds("Tel: 1"), [Label::Is(Kind::Phone)]);
        assert_eq!(kinds("身份證字號／聯絡電話"), [Label::Is(Kind::IdCard), Label::Is(Kind::Phone)]);
    }
}
