//! The words that say what stands beside them: `手机号：`, `"idNo":`, `passport no.`, a column's
//! header. One automaton finds all of them in one pass. Latin words count only as whole words.

use std::collections::HashSet;
use std::sync::LazyLock;

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
    /// A number that stands for no person: order, batch, version, amount, hash.
    Nothing,
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

/// Every spelling of every label, by its first two characters.
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

struct Index {
    /// Spellings of two characters and more, by the place of their first two in the table; of
    /// those at one place the longest first.
    spellings: Vec<Spelling>,
    /// The characters of all spellings, one after the other.
    letters: Vec<char>,
    /// Where the spellings of each place begin; one more entry says where the last end.
    starts: Vec<u16>,
    /// One bit for each place that has spellings: small enough to stay near the processor, and
    /// nearly every place asked for has none.
    taken: Vec<u64>,
    /// Spellings of one character.
    single: Vec<(char, Label)>,
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
        };
        for (word, label) in longer {
            let place = place_of(&word);
            if let Some(bits) = index.taken.get_mut(place / 64) {
                *bits |= 1 << (place % 64);
            }
            index.spellings.push(Spelling { from: index.letters.len(), len: word.len(), label });
            index.letters.extend(word);
        }
        index
    }

    /// The longest spelling that stands at a position of a folded text.
    #[inline]
    fn longest(&self, fold: &[char], at: usize) -> Option<(usize, Label)> {
        let first = *fold.get(at)?;
        if let Some(second) = fold.get(at + 1) {
            let place = place(first, *second);
            let taken = self.taken.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1);
            if taken && let Some([from, to]) = self.starts.get(place..place + 2) {
                let rest = fold.get(at..).unwrap_or_default();
                let alike = self.spellings.get(usize::from(*from)..usize::from(*to)).unwrap_or_default();
                for spelling in alike {
                    let word = self.letters.get(spelling.from..spelling.from + spelling.len);
                    let stands = word.is_some_and(|word| {
                        rest.len() >= word.len() && word.iter().zip(rest).all(|(a, b)| a == b)
                    });
                    if stands {
                        return Some((spelling.len, spelling.label));
                    }
                }
            }
        }
        if first.is_ascii() {
            return None;
        }
        self.single.iter().find(|(one, _)| *one == first).map(|(_, label)| (1, *label))
    }
}

fn place_of(word: &[char]) -> usize {
    place(word.first().copied().unwrap_or(' '), word.get(1).copied().unwrap_or(' '))
}

fn place(first: char, second: char) -> usize {
    let mixed = (first as u32).wrapping_mul(0x9E37_79B1) ^ (second as u32).wrapping_mul(0x85EB_CA6B);
    (mixed >> 17) as usize & (TABLE - 1)
}

/// Every label of a text, in order, none overlapping another.
pub fn find(text: &Text) -> Vec<Hit> {
    let (chars, fold) = (text.chars(), text.fold());
    let index = &*INDEX;
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if c.is_ascii() {
            if !c.is_ascii_alphabetic() {
                // No label begins with a digit or a mark.
                at += 1;
                continue;
            }
            // Within a Latin word no label begins, unless its case changes there.
            if c.is_ascii_lowercase() && text.before(at).is_ascii_lowercase() {
                let rest = chars.get(at..).unwrap_or_default();
                at += rest.iter().position(|c| !c.is_ascii_lowercase()).unwrap_or(rest.len());
                continue;
            }
        }
        let found = index.longest(fold, at).filter(|(len, _)| whole_word(text, at, at + len));
        match found {
            Some((len, label)) => {
                hits.push(Hit { start: at, end: at + len, label });
                at += len;
            }
            None => at += 1,
        }
    }
    hits
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
    if hit.start - first > OWNER_MOST {
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
    fn latin_labels_are_whole_words() {
        let kinds = |text: &str| find(&Text::new(text)).iter().map(|hit| hit.label).collect::<Vec<_>>();
        assert_eq!(kinds("telling microphones recall"), []);
        assert_eq!(kinds("Tel: 1"), [Label::Is(Kind::Phone)]);
        assert_eq!(kinds("身份證字號／聯絡電話"), [Label::Is(Kind::IdCard), Label::Is(Kind::Phone)]);
    }
}
