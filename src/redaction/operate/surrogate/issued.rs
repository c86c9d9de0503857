//! Where stand-ins stand that this key has issued. They are looked for in the text itself, not among what
//! the engine finds: it may find a part of one, or one together with its neighbour.

use std::sync::LazyLock;

use super::super::keys::Keys;
use super::words::*;
use super::{check, check_digits, nth, of};
use crate::redaction::kind::Kind;

/// Longest word that is looked at, in characters.
const WORD_MOST: usize = 24;
/// Digits that are looked at.
const DIGITS_MOST: usize = 19;

/// Every stand-in of one of the types that `wanted` names: start and end, in order, none overlapping another.
pub fn issued(keys: &Keys, chars: &[char], wanted: &dyn Fn(Kind) -> bool) -> Vec<(usize, usize)> {
    let page = Page { keys, chars };
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        match page.at(at).filter(|(_, kind)| wanted(*kind)) {
            Some((end, _)) => {
                found.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// The characters of given names, in order.
static GIVEN: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut given: Vec<char> = GIVEN_HAN.chars().collect();
    given.sort_unstable();
    given
});

struct Page<'a> {
    keys: &'a Keys,
    chars: &'a [char],
}

impl Page<'_> {
    fn char(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\0')
    }

    fn text(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end.min(self.chars.len())).unwrap_or_default().iter().collect()
    }

    fn has(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(i, c)| self.char(at + i) == c)
    }

    /// What begins at a place, and where it ends.
    fn at(&self, at: usize) -> Option<(usize, Kind)> {
        let c = self.char(at);
        if !c.is_ascii() {
            return self.han(at, c);
        }
        let begins = at == 0 || !self.char(at - 1).is_ascii_alphanumeric();
        if !begins {
            return None;
        }
        match c {
            '0'..='9' => self.number(at),
            'A'..='Z' => self.words(at),
            'u' if self.has(at, "user") => {
                self.counted(at, "user", "", "@example.com").map(|end| (end, Kind::Email))
            }
            'h' if self.has(at, "https://example.com/") => {
                self.counted(at, "https://example.com/", "", "").map(|end| (end, Kind::Url))
            }
            _ => None,
        }
    }

    /// Where a stand-in ends that is `before`, `head`, five digits with four that check them, and `after`.
    fn counted(&self, at: usize, before: &str, head: &str, after: &str) -> Option<usize> {
        let start = at + before.chars().count();
        let end = self.digits(start);
        let body = self.text(start, end);
        let ends = end + after.chars().count();
        let ours = self.checked(&body, head, 5, 4) && self.has(end, after) && !self.goes_on(ends);
        ours.then_some(ends)
    }

    /// True if a text is a head, so many digits, and so many that check both.
    fn checked(&self, body: &str, head: &str, free: usize, checked: usize) -> bool {
        let start = body.len().checked_sub(checked).and_then(|at| body.split_at_checked(at));
        let Some((start, end)) = start else { return false };
        start.starts_with(head)
            && start.len() == head.len() + free
            && end == check_digits(self.keys, start, checked)
    }

    /// Where the digits end that begin at a place.
    fn digits(&self, at: usize) -> usize {
        at + (at..=at + DIGITS_MOST).take_while(|p| self.char(*p).is_ascii_digit()).count()
    }

    fn word(&self, at: usize) -> usize {
        at + (at..=at + WORD_MOST).take_while(|p| self.char(*p).is_ascii_alphabetic()).count()
    }

    /// True if a word or number goes on at a place.
    fn goes_on(&self, at: usize) -> bool {
        self.char(at).is_ascii_alphanumeric()
    }

    fn han(&self, at: usize, c: char) -> Option<(usize, Kind)> {
        let (second, third) = (self.char(at + 1), self.char(at + 2));
        let given = |c: char| GIVEN.binary_search(&c).is_ok();
        let last = |rest: &str| nth(GIVEN_HAN, check(self.keys, rest, GIVEN_HAN.chars().count()));
        if given(second) && given(third) && SURNAMES_HAN.contains(c) && third == last(&format!("{c}{second}"))
        {
            return Some((at + 3, Kind::Person));
        }
        if third == '市' && given(c) && given(second) && second == last(&format!("{c}市")) {
            return Some((at + 3, Kind::Location));
        }
        if c == '示' && second == '例' && given(third) && given(self.char(at + 3)) {
            let sector = self.text(at + 4, at + 6);
            let ours = SECTORS_HAN.contains(&sector.as_str())
                && self.has(at + 6, "有限公司")
                && self.char(at + 3) == last(&format!("示例{third}{sector}"));
            return ours.then_some((at + 10, Kind::Organization));
        }
        let street = STREETS_HAN.iter().find(|street| street.starts_with(c) && self.has(at, street))?;
        let house = at + street.chars().count();
        let room = self.digits(house) + 1;
        let end = self.digits(room);
        let ours = self.char(room - 1) == '号'
            && self.char(end) == '室'
            && self.text(room, end) == (check(self.keys, &self.text(at, room), 900) + 100).to_string();
        ours.then_some((end + 1, Kind::Address))
    }

    fn number(&self, at: usize) -> Option<(usize, Kind)> {
        let end = self.digits(at);
        let body = self.text(at, end);
        let closed = !self.goes_on(end);
        let whole = |ours: bool, end: usize, kind: Kind| (ours && closed).then_some((end, kind));
        match body.len() {
            11 if body.starts_with("100") => whole(self.checked(&body, "100", 5, 3), end, Kind::Phone),
            16 if body.starts_with("40000000") => {
                let head = body.split_at_checked(15)?.0;
                whole(self.checked(head, "40000000", 4, 3), end, Kind::PaymentCard)
            }
            17 | 18 if body.starts_with("9990") => self.identity_card(at, &body, end),
            3 if self.has(end, "-555-01") => {
                let last = end + 7;
                let ours = self.text(last, last + 2) == check_digits(self.keys, &self.text(at, last), 2);
                (ours && !self.goes_on(last + 2)).then_some((last + 2, Kind::Phone))
            }
            3 if self.has(at, "198.1") => self.machine(at),
            4 if self.has(at, "2001:db8::") => self.machine6(at),
            2 if self.has(at, "02:00:5e:") => {
                let last = at + 15;
                let ours = self.text(last, last + 2)
                    == format!("{:02x}", check(self.keys, &self.text(at, last - 1), 256));
                (ours && !self.goes_on(last + 2)).then_some((last + 2, Kind::Mac))
            }
            1..=3 if self.has(end, " Sample Street, ") => {
                let place = end + " Sample Street, ".len();
                self.place(place, &self.text(at, place)).map(|end| (end, Kind::Address))
            }
            _ => None,
        }
    }

    fn identity_card(&self, at: usize, body: &str, end: usize) -> Option<(usize, Kind)> {
        let end = if body.len() == 17 && self.char(end) == 'X' { end + 1 } else { end };
        let (start, rest) = body.split_at_checked(14)?;
        let ours =
            end - at == 18 && rest.starts_with(&check_digits(self.keys, start, 3)) && !self.goes_on(end);
        ours.then_some((end, Kind::IdCard))
    }

    fn machine(&self, at: usize) -> Option<(usize, Kind)> {
        let second = self.digits(at + 4);
        let third = self.digits(second + 1);
        let fourth = self.digits(third + 1);
        let start = self.text(at, third);
        let ours = matches!(self.text(at + 4, second).as_str(), "18" | "19")
            && self.char(second) == '.'
            && self.char(third) == '.'
            && self.text(third + 1, fourth) == (check(self.keys, &start, 254) + 1).to_string();
        (ours && !self.goes_on(fourth)).then_some((fourth, Kind::Ip))
    }

    fn machine6(&self, at: usize) -> Option<(usize, Kind)> {
        let first = at + "2001:db8::".len();
        let four = |from: usize| (from..from + 4).all(|p| self.char(p).is_ascii_hexdigit());
        let (colon, end) = (first + 4, first + 9);
        let ours = four(first)
            && self.char(colon) == ':'
            && self.text(colon + 1, end)
                == format!("{:x}", check(self.keys, &self.text(at, colon), 0xEFFF) + 0x1000);
        (ours && !self.goes_on(end)).then_some((end, Kind::Ip))
    }

    /// A name, a company, a place, or `ZZ00…`.
    fn words(&self, at: usize) -> Option<(usize, Kind)> {
        if self.has(at, "ZZ00") {
            let end = self.digits(at + 2);
            let ours = self.checked(&self.text(at, end), "ZZ00", 3, 3) && !self.goes_on(end);
            return ours.then_some((end, Kind::IdCard));
        }
        if self.has(at, "Example ") {
            let first = self.word(at + 8);
            let second = self.word(first + 1);
            let ours = self.char(first) == ' '
                && self.has(second, " Ltd")
                && self.ends_checked(&self.text(at, first + 1), &self.text(first + 1, second));
            return (ours && !self.goes_on(second + 4)).then_some((second + 4, Kind::Organization));
        }
        if let Some(end) = self.place(at, "") {
            return Some((end, Kind::Location));
        }
        let first = self.word(at);
        let given = self.text(at, first).to_lowercase();
        let composed = GIVEN_HEADS.iter().any(|head| {
            let rest = given.strip_prefix(&head.to_lowercase());
            rest.is_some_and(|rest| GIVEN_TAILS.contains(&rest))
        });
        if !composed || self.char(first) != ' ' {
            return None;
        }
        let last = self.word(first + 1);
        let ours = self.ends_checked(&self.text(at, first + 1), &self.text(first + 1, last));
        (ours && !self.goes_on(last)).then_some((last, Kind::Person))
    }

    /// True if a word is a head of ours and the tail that checks it with what stands before.
    fn ends_checked(&self, before: &str, word: &str) -> bool {
        let (before, word) = (before.to_lowercase(), word.to_lowercase());
        LAST_HEADS.iter().map(|head| head.to_lowercase()).any(|head| {
            let tail = word.strip_prefix(&head);
            tail.is_some_and(|tail| {
                LAST_TAILS.contains(&tail)
                    && tail == of(&LAST_TAILS, check(self.keys, &format!("{before}{head}"), LAST_TAILS.len()))
            })
        })
    }

    /// Where a place ends whose check holds what stands `before` it.
    fn place(&self, at: usize, before: &str) -> Option<usize> {
        let first = self.word(at);
        let second = self.word(first + 1);
        let end = self.text(first + 1, second);
        if self.char(first) != ' ' || !PLACE_ENDS.contains(&end.as_str()) {
            return None;
        }
        let word = self.text(at, first);
        let ours = LAST_HEADS.iter().any(|head| {
            let tail = word.strip_prefix(head);
            tail.is_some_and(|tail| {
                let rest = format!("{before}{head} {end}").to_lowercase();
                tail == of(&LAST_TAILS, check(self.keys, &rest, LAST_TAILS.len()))
            })
        });
        (ours && !self.goes_on(second)).then_some(second)
    }
}
