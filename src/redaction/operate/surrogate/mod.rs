//! Values of the same form that belong to nobody: reserved numbers, reserved domains, invented
//! places and names. The same value becomes the same stand-in everywhere in a matter.
//!
//! A part of each is a keyed check of the rest: only what this matter's key has issued is taken for a
//! stand-in when it is met again ([`issued`], [`is_issued`]), never what merely looks like one.

mod form;
mod issued;
mod words;

use super::keys::Keys;
use crate::base::text::is_han;
use crate::redaction::checks;
use crate::redaction::kind::Kind;
use crate::redaction::known::plain;
pub use form::is_issued;
pub use issued::issued;
use words::*;

/// The stand-in of a value; `None` if the value is too short to have one that the key can tell.
/// People and organisations are drawn from `identity`, so that aliases of one share it.
pub fn surrogate(keys: &Keys, kind: Kind, value: &str, identity: &str) -> Option<String> {
    let issuer = Issuer { keys, text: if kind.is_name() { identity.to_owned() } else { plain(value) } };
    let chinese = value.chars().any(is_han);
    Some(match kind {
        Kind::Person if chinese => issuer.person_han(),
        Kind::Person => {
            let name = issuer.person_latin();
            let letters = || value.chars().filter(|c| c.is_alphabetic());
            if letters().count() > 1 && letters().all(char::is_uppercase) {
                name.to_uppercase()
            } else {
                name
            }
        }
        Kind::Organization if chinese => issuer.organisation_han(),
        Kind::Organization => issuer.organisation_latin(),
        Kind::Address if chinese => issuer.address_han(),
        Kind::Address => issuer.address_latin(),
        Kind::Location if chinese => issuer.place_han(),
        Kind::Location => issuer.place_latin(""),
        Kind::Email => format!("user{}@example.com", issuer.numbers("email", "", 5, 4)),
        Kind::Url => format!("https://example.com/{}", issuer.numbers("url", "", 5, 4)),
        Kind::Phone => issuer.phone(value),
        Kind::PaymentCard => issuer.card(),
        Kind::IdCard => issuer.identity_card(value),
        Kind::Ip => issuer.machine(value),
        Kind::Mac => {
            let free = issuer.draw("mac", 1 << 16);
            let head = format!("02:00:5e:{:02x}:{:02x}", free >> 8, free & 0xFF);
            format!("{head}:{:02x}", check(keys, &head, 256))
        }
        _ => return form::form(keys, kind, value),
    })
}

/// The check of a stand-in's other part: a number below `most`.
fn check(keys: &Keys, rest: &str, most: usize) -> usize {
    usize::try_from(keys.below("stand-in-check", rest, most as u64)).unwrap_or(0)
}

/// The check in so many digits.
fn check_digits(keys: &Keys, rest: &str, count: usize) -> String {
    let most = 10usize.pow(u32::try_from(count).unwrap_or(0));
    format!("{:0count$}", check(keys, rest, most))
}

/// One of the characters of a list.
fn nth(list: &str, at: usize) -> char {
    list.chars().nth(at).unwrap_or('某')
}

fn of(list: &[&'static str], at: usize) -> &'static str {
    list.get(at).copied().unwrap_or_default()
}

/// Draws stand-ins for one value.
struct Issuer<'a> {
    keys: &'a Keys,
    text: String,
}

impl Issuer<'_> {
    /// A number below `most` that belongs to the value.
    fn draw(&self, purpose: &str, most: usize) -> usize {
        usize::try_from(self.keys.below(purpose, &self.text, most as u64)).unwrap_or(0)
    }

    fn pick(&self, purpose: &str, list: &[&'static str]) -> &'static str {
        of(list, self.draw(purpose, list.len()))
    }

    /// A head, drawn digits, and digits that check both.
    fn numbers(&self, purpose: &str, head: &str, free: usize, checked: usize) -> String {
        let most = 10usize.pow(u32::try_from(free).unwrap_or(0));
        let start = format!("{head}{:0free$}", self.draw(purpose, most));
        format!("{start}{}", check_digits(self.keys, &start, checked))
    }

    fn person_han(&self) -> String {
        let surname = nth(SURNAMES_HAN, self.draw("surname-han", SURNAMES_HAN.chars().count()));
        let count = GIVEN_HAN.chars().count();
        let start = format!("{surname}{}", nth(GIVEN_HAN, self.draw("given-han", count)));
        format!("{start}{}", nth(GIVEN_HAN, check(self.keys, &start, count)))
    }

    fn person_latin(&self) -> String {
        let given = format!("{}{}", self.pick("given-1", &GIVEN_HEADS), self.pick("given-2", &GIVEN_TAILS));
        let start = format!("{given} {}", self.pick("last-1", &LAST_HEADS));
        format!("{start}{}", of(&LAST_TAILS, check(self.keys, &start.to_lowercase(), LAST_TAILS.len())))
    }

    fn organisation_han(&self) -> String {
        let count = GIVEN_HAN.chars().count();
        let first = nth(GIVEN_HAN, self.draw("company", count));
        let sector = self.pick("sector", &SECTORS_HAN);
        let second = nth(GIVEN_HAN, check(self.keys, &format!("示例{first}{sector}"), count));
        format!("示例{first}{second}{sector}有限公司")
    }

    fn organisation_latin(&self) -> String {
        let first = format!("{}{}", self.pick("company-1", &LAST_HEADS), self.pick("company-2", &LAST_TAILS));
        let start = format!("Example {first} {}", self.pick("company-3", &LAST_HEADS));
        let tail = of(&LAST_TAILS, check(self.keys, &start.to_lowercase(), LAST_TAILS.len()));
        format!("{start}{tail} Ltd")
    }

    fn address_han(&self) -> String {
        let street = self.pick("street", &STREETS_HAN);
        let start = format!("{street}{}号", self.draw("house", 900) + 1);
        let room = check(self.keys, &start, 900) + 100;
        format!("{start}{room}室")
    }

    fn address_latin(&self) -> String {
        let house = format!("{} Sample Street, ", self.draw("house", 900) + 1);
        let place = self.place_latin(&house);
        format!("{house}{place}")
    }

    fn place_han(&self) -> String {
        let count = GIVEN_HAN.chars().count();
        let first = nth(GIVEN_HAN, self.draw("city", count));
        format!("{first}{}市", nth(GIVEN_HAN, check(self.keys, &format!("{first}市"), count)))
    }

    /// A place; its check holds what stands `before` it too.
    fn place_latin(&self, before: &str) -> String {
        let (head, end) = (self.pick("place-1", &LAST_HEADS), self.pick("place-2", &PLACE_ENDS));
        let rest = format!("{before}{head} {end}").to_lowercase();
        format!("{head}{} {end}", of(&LAST_TAILS, check(self.keys, &rest, LAST_TAILS.len())))
    }

    /// 100… on the mainland, 555-01xx in North America: no subscriber has them.
    fn phone(&self, value: &str) -> String {
        let digits = self.text.chars().filter(char::is_ascii_digit).count();
        let abroad = value.trim_start().starts_with(['+', '＋']) && !self.text.starts_with("86");
        if abroad || (digits == 10 && !self.text.starts_with('0')) {
            let start = format!("{}-555-01", self.draw("phone-area", 800) + 200);
            return format!("{start}{}", check_digits(self.keys, &start, 2));
        }
        self.numbers("phone", "100", 5, 3)
    }

    /// A card of a range that issuers use for tests, with its check digit.
    fn card(&self) -> String {
        let head = self.numbers("card", "40000000", 4, 3);
        let whole = |check: u8| format!("{head}{}", char::from(check));
        (b'0'..=b'9').map(whole).find(|card| checks::luhn(card.as_bytes())).unwrap_or(head)
    }

    /// An identity number of an area that does not exist, with its check character.
    fn identity_card(&self, value: &str) -> String {
        if plain(value).chars().count() != 18 {
            return self.numbers("id", "ZZ00", 3, 3);
        }
        let (area, day) = (self.draw("id-area", 100), self.draw("id-day", 336));
        let start = format!("9990{area:02}1900{:02}{:02}", day / 28 + 1, day % 28 + 1);
        let head = format!("{start}{}", check_digits(self.keys, &start, 3));
        let whole = |check: char| format!("{head}{check}");
        "0123456789X".chars().map(whole).find(|card| checks::mod_11_2(card.as_bytes())).unwrap_or(head)
    }

    /// RFC 2544 and RFC 3849: networks for measurements and for documents.
    fn machine(&self, value: &str) -> String {
        if value.contains(':') {
            let start = format!("2001:db8::{:x}", self.draw("ip6", 0xEFFF) + 0x1000);
            return format!("{start}:{:x}", check(self.keys, &start, 0xEFFF) + 0x1000);
        }
        let free = self.draw("ip", 512);
        let start = format!("198.{}.{}", 18 + free / 256, free % 256);
        format!("{start}.{}", check(self.keys, &start, 254) + 1)
    }
}

#[cfg(test)]
mod tests;
