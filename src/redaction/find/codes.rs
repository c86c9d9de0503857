//! Codes of Latin letters and digits: company codes, vehicles, accounts, cards of Taiwan and
//! Hong Kong, passports, keys and tokens.

use super::run::Run;
use super::scene::Scene;
use crate::redaction::checks;
use crate::redaction::class::DIGIT;
use crate::redaction::kind::Kind;
use crate::redaction::span::Span;

/// Longest code that is looked at, in characters.
const LONGEST: usize = 40;

/// A token's characters as upper-case ASCII, without a heap.
struct Code {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Code {
    fn read(scene: &Scene<'_>, start: usize, end: usize) -> Option<Self> {
        let mut code = Self { bytes: [0; LONGEST], len: 0 };
        for c in scene.text.slice(start, end) {
            *code.bytes.get_mut(code.len)? = u8::try_from(c.to_ascii_uppercase()).ok()?;
            code.len += 1;
        }
        Some(code)
    }

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// A token that has a digit; `end` is where its letters and digits end.
pub fn token(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    if let Some(span) = secret_prefix(scene, start) {
        return Some(span);
    }
    let before = scene.text.before(start);
    if before == '_' || end - start > LONGEST {
        return None;
    }
    let digits = scene.text.classes(start, end).iter().filter(|class| **class & DIGIT != 0).count();
    if digits == end - start {
        return None;
    }
    let code = Code::read(scene, start, end)?;
    fixed_length(scene, start, end, code.get(), digits)
        .or_else(|| iban(scene, start))
        .or_else(|| hong_kong(scene, start, end, code.get()))
        .or_else(|| lettered_number(scene, start, end, code.get()))
        .or_else(|| organisation(scene, start, end, code.get()))
        .or_else(|| swift(scene, start, end, code.get()))
        .or_else(|| insurance(scene, start, end, code.get()))
        .or_else(|| court_number(scene, start, end, code.get()))
        .or_else(|| user(scene, start, end, digits))
}

/// `AB123456C`: a national insurance number of the United Kingdom in one piece.
fn insurance(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    let [first, second, digits @ .., b'A'..=b'D'] = code else { return None };
    let shaped = digits.len() == 6 && digits.iter().all(u8::is_ascii_digit);
    let large = scene.text.slice(start, end).iter().all(|c| !c.is_ascii_lowercase());
    (shaped
        && large
        && checks::insurance_prefix(char::from(*first), char::from(*second))
        && !scene.means_nothing(start))
    .then_some(Scene::span(start, end, Kind::IdNumber, 72, "prefixed-number"))
}

/// `HCA1234/2020`: a court's letters joined to its number.
fn court_number(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    if scene.text.at(end) != '/' {
        return None;
    }
    let number = start + code.iter().take_while(|c| c.is_ascii_uppercase()).count();
    super::court::hong_kong(scene, number, &Run::read(scene.text, number))
}

/// `User jsmith42 logged in`: letters and then digits behind a word for an account.
fn user(scene: &Scene<'_>, start: usize, end: usize, digits: usize) -> Option<Span> {
    let text = scene.text;
    if !matches!(text.before(start), ' ' | '\'' | '"') {
        return None;
    }
    let announced = ["user ", "user '", "user \"", "login ", "account "]
        .iter()
        .any(|word| start.checked_sub(word.len()).is_some_and(|from| text.has(from, word)));
    let small = text.slice(start, end).iter().all(|c| !c.is_ascii_uppercase());
    let ends_in_digits = text.before(end).is_ascii_digit();
    let goes_on = matches!(text.at(end), '-' | '.') && text.at(end + 1).is_ascii_alphanumeric();
    (announced && small && ends_in_digits && end - start >= digits + 3 && end - start <= 24 && !goes_on)
        .then_some(Scene::span(start, end, Kind::Username, 70, "user-token"))
}

/// The account in `User 'alice.w'`, `user=jdoe42`, `ssh bob@…`, `sudo: mjones :`, `uid=1001(kchen)`, `for deploy7
/// from 10.1.1.1`, `CREATE USER 'sys_663'@`; seen from the word before it.
pub fn login(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let text = scene.text;
    let word = text.fold_slice(start, end);
    let is = |wanted: &str| wanted.len() == word.len() && text.has(start, wanted);
    if !(2..=5).contains(&word.len()) || text.before(start).is_ascii_alphanumeric() {
        return None;
    }
    let mark = |p: usize| matches!(text.at(p), ' ' | ':' | '=' | '\'' | '"' | '(');
    let mut from = end;
    while from < end + 4 && mark(from) {
        from += 1;
    }
    if is("uid") && text.at(end) == '=' {
        let (number_end, _) = text.token(end + 1);
        from = if text.at(number_end) == '(' { number_end + 1 } else { return None };
    }
    let inner = |p: usize| text.at(p).is_ascii_alphanumeric() || matches!(text.at(p), '_' | '.' | '-');
    let mut last = from + (from..from + 33).take_while(|p| inner(*p)).count();
    while last > from && matches!(text.before(last), '.' | '-') {
        last -= 1;
    }
    let name = text.slice(from, last);
    let small = name.first().is_some_and(char::is_ascii_lowercase);
    let marked = name.iter().any(|c| c.is_ascii_digit() || *c == '_');
    if !small || !(3..=32).contains(&name.len()) || from == end {
        return None;
    }
    let quoted = matches!(text.before(from), '\'' | '"') && text.before(from) == text.at(last);
    let tight = text.before(from) == '=';
    let host = text.at(last) == '@' && text.at(last + 1) != ' ';
    let fits = match () {
        () if is("user") || is("login") => (marked || quoted || tight) && (!host || quoted),
        () if is("to") => quoted && text.at(last + 1) == '@',
        () if is("ssh") => host,
        () if is("sudo") => text.at(end) == ':' && text.has(last, " :"),
        () if is("uid") => text.at(last) == ')',
        () if is("for") => text.has(last, " from ") && host_at(scene, last + 6),
        () => false,
    };
    fits.then_some(Scene::span(from, last, Kind::Username, 82, "user-token"))
}

/// True if a machine's address begins at a place.
fn host_at(scene: &Scene<'_>, at: usize) -> bool {
    let digit = scene.text.at(at).is_ascii_digit();
    digit && super::net::from_token(scene, at, scene.text.token(at).0).is_some()
}

fn fixed_length(scene: &Scene<'_>, start: usize, end: usize, code: &[u8], digits: usize) -> Option<Span> {
    let nothing = || scene.means_nothing(start);
    let span = |kind, confidence, rule| Some(Scene::span(start, end, kind, confidence, rule));
    match code.len() {
        18 if checks::resident_id_18(code) => span(Kind::IdCard, 97, "id-card-18"),
        18 if digits >= 6 && checks::unified_credit_code(code) && !nothing() => span(Kind::Uscc, 95, "uscc"),
        17 if checks::vehicle_number(code) && !nothing() => span(Kind::Vin, 93, "vin"),
        17 if checks::vehicle_shape(code) && scene.announces(start, Kind::Vin) => {
            span(Kind::Vin, 92, "vin-labelled")
        }
        15 if checks::foreign_residence_old(code) && !nothing() => span(Kind::IdCard, 88, "residence-old"),
        10 if (checks::taiwan_id(code) || checks::taiwan_residence_old(code)) && !nothing() => {
            span(Kind::IdCard, 93, "taiwan-id")
        }
        _ => None,
    }
}

/// Country, two check digits, groups of four or one block.
fn iban(scene: &Scene<'_>, start: usize) -> Option<Span> {
    let text = scene.text;
    let shaped = (start..start + 2).all(|p| text.at(p).is_ascii_alphabetic())
        && (start + 2..start + 4).all(|p| text.at(p).is_ascii_digit());
    if !shaped {
        return None;
    }
    let mut code: Vec<u8> = Vec::with_capacity(34);
    let mut at = start;
    let mut best = None;
    while code.len() < 34 {
        let c = text.at(at);
        if c.is_ascii_alphanumeric() {
            code.push(u8::try_from(c.to_ascii_uppercase()).unwrap_or(b'?'));
            at += 1;
            let ended = !text.at(at).is_ascii_alphanumeric();
            if ended && code.len() >= 15 && checks::iban(&code) {
                best = Some(at);
            }
        } else if matches!(c, ' ' | '-')
            && text.at(at + 1).is_ascii_alphanumeric()
            && code.len().is_multiple_of(4)
        {
            at += 1;
        } else {
            break;
        }
    }
    best.map(|end| Scene::span(start, end, Kind::Iban, 97, "iban"))
}

/// `K015851(8)`; without brackets it needs a label.
fn hong_kong(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    let text = scene.text;
    let letters = code.iter().take_while(|c| c.is_ascii_uppercase()).count();
    if !(1..=2).contains(&letters) {
        return None;
    }
    if code.len() == letters + 6 && text.at(end) == '(' && text.at(end + 2) == ')' {
        let mut number = code.to_vec();
        number.push(u8::try_from(text.at(end + 1).to_ascii_uppercase()).ok()?);
        return checks::hong_kong_id(&number).then_some(Scene::span(
            start,
            end + 3,
            Kind::IdCard,
            95,
            "hkid",
        ));
    }
    let announced = scene.announces(start, Kind::IdCard) || scene.announces_document(start);
    (code.len() == letters + 7 && announced && checks::hong_kong_id(code)).then_some(Scene::span(
        start,
        end,
        Kind::IdCard,
        90,
        "hkid",
    ))
}

/// One or two letters and digits: passports, permits, invoices, when announced.
fn lettered_number(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    let letters = code.iter().take_while(|c| c.is_ascii_uppercase()).count();
    let digits = code.len() - letters;
    let plain = code.iter().skip(letters).all(u8::is_ascii_digit);
    let document = || scene.announces_document(start);
    let span = |kind, confidence, rule| Some(Scene::span(start, end, kind, confidence, rule));
    match (code.first()?, letters, digits) {
        (b'H' | b'M', 1, 8 | 10) if plain => {
            (scene.announces(start, Kind::TravelPermit) || document()).then_some(())?;
            span(Kind::TravelPermit, 92, "permit-hkmo")
        }
        (_, 1 | 2, 7 | 8) if code.len() == 9 && plain && !scene.chinese && !scene.means_nothing(start) => {
            let large = scene.text.slice(start, end).iter().all(|c| !c.is_ascii_lowercase());
            large.then_some(())?;
            span(Kind::Passport, 68, "passport-form")
        }
        (b'E' | b'G' | b'D' | b'S' | b'P' | b'K' | b'H' | b'M', 1 | 2, 7 | 8) if code.len() == 9 && plain => {
            let after = end + usize::from(scene.text.folded_at(end) == '号');
            let announced = scene.announces(start, Kind::Passport) || scene.text.has(after, "护照");
            (announced || document()).then_some(())?;
            span(Kind::Passport, 91, "passport-cn")
        }
        _ => None,
    }
}

/// `79PR937N-4`.
fn organisation(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    let text = scene.text;
    if code.len() != 8 || text.at(end) != '-' || text.at(end + 2).is_ascii_alphanumeric() {
        return None;
    }
    let mut number = code.to_vec();
    number.push(u8::try_from(text.at(end + 1).to_ascii_uppercase()).ok()?);
    let lettered = code.iter().any(u8::is_ascii_uppercase);
    ((lettered || scene.announces(start, Kind::Uscc))
        && !scene.means_nothing(start)
        && checks::organisation_code(&number))
    .then_some(Scene::span(start, end + 2, Kind::Uscc, 88, "organisation-code"))
}

/// A bank's code (ISO 9362) with a digit in it: bank, country, place.
fn swift(scene: &Scene<'_>, start: usize, end: usize, code: &[u8]) -> Option<Span> {
    const COUNTRIES: [&[u8]; 16] = [
        b"US", b"GB", b"DE", b"FR", b"CN", b"HK", b"TW", b"SG", b"JP", b"CH", b"NL", b"IT", b"ES", b"AU",
        b"CA", b"BE",
    ];
    let country = code.get(4..6)?;
    let written_large = scene.text.slice(start, end).iter().all(|c| !c.is_ascii_lowercase());
    (matches!(code.len(), 8 | 11)
        && written_large
        && code.iter().take(4).all(u8::is_ascii_uppercase)
        && COUNTRIES.contains(&country))
    .then_some(Scene::span(start, end, Kind::IdNumber, 70, "swift"))
}

/// A word without digits that begins a code: `MRN-1048…`, `京`-less plates of Taiwan, docket words.
pub fn word(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let text = scene.text;
    if let Some(span) = secret_prefix(scene, start) {
        return Some(span);
    }
    if !matches!(text.at(end), '-' | ' ' | '#' | ':') || end - start > 6 || text.before(start) == '-' {
        return None;
    }
    if text.at(end) == '-' {
        let folded = text.folded(start, end);
        if let Some(kind) = numbered_prefix(&folded) {
            return prefixed(scene, start, end + 1, kind);
        }
        let unknown = || {
            (!scene.chinese && !scene.means_nothing(start) && prefix_of_someone(scene, start, end, &folded))
                .then_some(())
        };
        return taiwan_plate(scene, start, end).or_else(|| {
            unknown()
                .and_then(|()| prefixed(scene, start, end + 1, Kind::IdNumber))
                .map(|span| Span { confidence: 66, ..span })
        });
    }
    None
}

/// Words that systems put before numbers of people; orders and tickets are not among them.
fn numbered_prefix(word: &str) -> Option<Kind> {
    Some(match word {
        "mrn" | "emp" | "ins" | "nid" | "nh" | "rx" | "pol" | "pat" | "mem" | "clm" | "pid" | "cust"
        | "acct" | "npi" | "dea" | "stu" | "mbr" | "hic" | "hicn" | "nhs" | "ein" | "tin" | "vat" | "usr"
        | "lic" | "bar" | "csr" => Kind::IdNumber,
        "dl" => Kind::DriverLicense,
        "ssn" => Kind::UsSsn,
        _ => return None,
    })
}

/// Capitals before a number, unless they are known to count things: orders, standards, tickets.
fn prefix_of_someone(scene: &Scene<'_>, start: usize, end: usize, folded: &str) -> bool {
    const THINGS: &[&str] = &[
        "trace", "node", "pod", "srv", "app", "svc", "evt", "err", "log", "msg", "txn", "tx", "sess", "crc",
        "sql", "api", "ssl", "gmt", "utc", "rel", "task", "feat", "fix", "epic", "sdk", "os", "ip", "mac",
        "vm", "lot", "bin", "zone", "room", "ord", "order", "tk", "po", "so", "inv", "gd", "sku", "sn",
        "iso", "rfc", "cve", "sha", "utf", "covid", "jira", "bug", "req", "ticket", "case", "inc", "chg",
        "v", "ver", "rev", "id", "no", "ref", "pr", "build", "rc", "gb", "en", "din", "ieee", "usb", "cpu",
        "gpu", "aes", "rsa", "tls", "http", "type", "model", "part", "step", "page", "fig", "us", "ec",
        "top", "mi", "item", "job", "batch", "trk", "doc", "art",
    ];
    let capitals = scene.text.slice(start, end).iter().all(char::is_ascii_uppercase);
    let digits = (end + 1..end + 24)
        .take_while(|p| scene.text.at(*p).is_ascii_alphanumeric() || scene.text.at(*p) == '-')
        .filter(|p| scene.text.at(*p).is_ascii_digit())
        .count();
    capitals && (2..=5).contains(&folded.len()) && digits >= 5 && !THINGS.contains(&folded)
}

fn prefixed(scene: &Scene<'_>, start: usize, from: usize, kind: Kind) -> Option<Span> {
    let text = scene.text;
    let mut end = from;
    let mut digits = 0;
    while end < from + 24 {
        let c = text.at(end);
        let inner = c == '-' && text.at(end + 1).is_ascii_alphanumeric();
        if !c.is_ascii_alphanumeric() && !inner {
            break;
        }
        digits += usize::from(c.is_ascii_digit());
        end += 1;
    }
    (digits >= 3).then_some(Scene::span(start, end, kind, 90, "prefixed-number"))
}

/// `ABC-1234`, `AB-1234`: needs a label or a cell, since many things are written so.
fn taiwan_plate(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let run = Run::read(scene.text, end + 1);
    let cut = run.whole()?;
    let shaped = (2..=3).contains(&(end - start)) && (3..=4).contains(&cut.count) && run.cuts().len() == 1;
    (shaped && scene.text.at(end + 1).is_ascii_digit() && scene.announces(start, Kind::Plate))
        .then_some(Scene::span(start, cut.end, Kind::Plate, 92, "plate-tw"))
}

/// Keys with a prefix that only keys have.
fn secret_prefix(scene: &Scene<'_>, start: usize) -> Option<Span> {
    const PREFIXES: [(&str, usize); 18] = [
        ("sk-", 16),
        ("sk_live_", 8),
        ("sk_test_", 8),
        ("pk_live_", 8),
        ("pk_test_", 8),
        ("rk_live_", 8),
        ("ghp_", 20),
        ("gho_", 20),
        ("ghs_", 20),
        ("github_pat_", 20),
        ("glpat-", 15),
        ("xoxb-", 12),
        ("xoxp-", 12),
        ("AKIA", 16),
        ("ASIA", 16),
        ("AIza", 30),
        ("eyJ", 4),
        ("hf_", 20),
    ];
    let text = scene.text;
    if !matches!(text.at(start), 's' | 'p' | 'r' | 'g' | 'x' | 'A' | 'e' | 'h') {
        return None;
    }
    // The second character tells nearly every word from a prefix.
    if !matches!(text.at(start + 1), 'k' | 'h' | 'i' | 'l' | 'o' | 'K' | 'S' | 'I' | 'y' | 'f') {
        return None;
    }
    let (prefix, least) = PREFIXES
        .iter()
        .find(|(prefix, _)| prefix.chars().enumerate().all(|(i, c)| text.at(start + i) == c))?;
    let from = start + prefix.len();
    let mut end = from;
    while end < from + 4096
        && (text.at(end).is_ascii_alphanumeric() || matches!(text.at(end), '_' | '-' | '.' | '=' | '/' | '+'))
    {
        end += 1;
    }
    let cut_short = text.at(end - 1) == '.' && !(*prefix == "eyJ" && text.before(end - 1) == '.');
    let end = if cut_short { end - 1 } else { end };
    (end - from >= *least).then_some(Scene::span(start, end, Kind::Secret, 93, "secret-prefix"))
}

/// `-----BEGIN … PRIVATE KEY-----` to its end.
pub fn private_key(scene: &Scene<'_>, start: usize) -> Option<Span> {
    const BEGIN: &str = "-----begin ";
    let text = scene.text;
    if text.before(start) == '-' || !text.has(start, BEGIN) {
        return None;
    }
    let head = text.folded(start, (start + 60).min(text.len()));
    if !head.contains("private key") {
        return None;
    }
    let most = (start + 8192).min(text.len());
    let end = (start + BEGIN.len()..most).find(|p| text.at(*p) == '-' && text.has(*p, "-----end "));
    let end = end.map_or(most, |end| (end + 60).min(text.len()));
    Some(Scene::span(start, end, Kind::Secret, 99, "private-key"))
}
