//! Values that stand beside a label or in a cell: their form is judged leniently, since the
//! label has said what they are.

use super::run::Run;
use super::scene::Scene;
use crate::redaction::checks;
use crate::redaction::kind::Kind;
use crate::redaction::labels::Label;
use crate::redaction::normal::Text;
use crate::redaction::span::Span;

/// Words that may stand between a label and its value.
const FILLERS: [&str; 30] = [
    "号码", "号", "编号", "码", "是", "为", "加我", "加", "账号", "帐号", "id", "no.", "no", "number", "num",
    "is", "was", "of", "has", "to", "at", "on", "变更", "改成", "改", "更新", "成", "至", "了", "到",
];

/// Every labelled value.
pub fn find(scene: &Scene<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    for hit in scene.hits {
        let kind = match hit.label {
            Label::Is(kind) if !kind.is_name() => Some(kind),
            Label::Document => None,
            _ => continue,
        };
        if scene.text.before(hit.start) == '/' && scene.text.at(hit.end) == '>' {
            continue;
        }
        if let Some(from) = connect(scene.text, hit.end) {
            // A cell that says something else speaks louder than a word before it.
            let other = scene.cell(from).is_some_and(|cell| cell.label != hit.label && hit.end <= cell.start);
            if !other {
                spans.extend(read(scene, from, kind));
            }
        }
    }
    for cell in scene.cells {
        let kind = match cell.label {
            Label::Is(kind) if !kind.is_name() => Some(kind),
            Label::Document => None,
            Label::AreaCode => {
                spans.extend(super::numbers::area_code(scene, cell.start, cell.end));
                continue;
            }
            _ => continue,
        };
        spans.extend(read(scene, cell.start, kind).filter(|span| span.end <= cell.end + 1));
    }
    spans
}

/// Where the value begins: separators, quotes and a few words are passed over.
pub(super) fn connect(text: &Text, label_end: usize) -> Option<usize> {
    // The stop of an abbreviation: `passport no. 1`.
    let stop = text.at(label_end) == '.'
        && text.at(label_end + 1) == ' '
        && text.has(label_end.saturating_sub(2), "no");
    let mut at = label_end + usize::from(stop);
    for _ in 0..10 {
        while matches!(
            text.at(at),
            ' ' | '\t'
                | ':'
                | '='
                | '\''
                | '"'
                | '('
                | ')'
                | '['
                | '「'
                | '『'
                | '【'
                | '】'
                | '>'
                | '#'
                | '|'
                | '*'
        ) && at < label_end + 24
        {
            at += 1;
        }
        let begins = matches!(
            text.folded_at(at),
            '号' | '编'
                | '码'
                | '是'
                | '为'
                | '加'
                | '账'
                | '帐'
                | '变'
                | '改'
                | '更'
                | '成'
                | '至'
                | '了'
                | '到'
                | 'i'
                | 'n'
                | 'w'
                | 'o'
                | 'h'
                | 't'
                | 'a'
        );
        let filler = FILLERS.iter().filter(|_| begins).find(|word| {
            text.has(at, word) && (!word.is_ascii() || !text.at(at + word.len()).is_ascii_alphanumeric())
        });
        match filler {
            Some(word) => at += word.chars().count(),
            None => break,
        }
    }
    (at < text.len() && text.at(at) != '\n').then_some(at)
}

/// Reads a value of a type from a place; no type means any identity document.
fn read(scene: &Scene<'_>, from: usize, kind: Option<Kind>) -> Option<Span> {
    let text = scene.text;
    let Some(kind) = kind else { return document(scene, from) };
    let span = |end: usize, kind: Kind| Some(Scene::span(from, end, kind, 92, "labelled"));
    match kind {
        Kind::Phone => phone(scene, from),
        Kind::IdCard => identity(scene, from),
        Kind::PaymentCard => {
            digits(text, from, 8, 30).or_else(|| bank_and_account(text, from)).and_then(|end| span(end, kind))
        }
        Kind::BankAccount => digits(text, from, 5, 20).and_then(|end| span(end, kind)),
        Kind::UsSsn => digits(text, from, 9, 9).and_then(|end| span(end, kind)),
        Kind::Imei => digits(text, from, 14, 17).and_then(|end| span(end, kind)),
        Kind::DriverFile => digits(text, from, 10, 14).and_then(|end| span(end, kind)),
        Kind::HealthCard => {
            digits(text, from, 12, 12).or_else(|| code(text, from, 8, 20, 8)).and_then(|end| span(end, kind))
        }
        Kind::MilitaryId => code(text, from, 6, 14, 6).and_then(|end| span(end, kind)),
        Kind::Ethnicity => super::han::people_named(text, from).and_then(|end| span(end, kind)),
        Kind::DateOfBirth => month(text, from).and_then(|end| span(end, kind)),
        Kind::Mac => bare_mac(text, from).and_then(|end| span(end, kind)),
        Kind::Qq => digits(text, from, 5, 12).and_then(|end| span(end, kind)),
        Kind::Postcode => postcode(scene, from),
        Kind::Iban => code_spaced(text, from, 12, 42).and_then(|end| span(end, kind)),
        Kind::Passport => code(text, from, 6, 10, 5).and_then(|end| span(end, kind)),
        Kind::TravelPermit => permit(scene, from),
        Kind::SocialSecurity => code(text, from, 8, 20, 6).and_then(|end| span(end, kind)),
        Kind::InvoiceNo => code(text, from, 8, 24, 7).and_then(|end| span(end, kind)),
        Kind::Uscc => company(scene, from),
        Kind::Vin => code(text, from, 17, 17, 3).and_then(|end| span(end, kind)),
        Kind::Plate => code(text, from, 5, 9, 2).and_then(|end| span(end, kind)),
        Kind::DriverLicense => code(text, from, 5, 22, 4).and_then(|end| span(end, kind)),
        Kind::IdNumber => {
            in_groups(text, from).or_else(|| code(text, from, 4, 30, 3)).and_then(|end| span(end, kind))
        }
        Kind::Wechat => account(text, from, 5).and_then(|end| span(end, kind)),
        Kind::Username => {
            account(text, from, 3).filter(|_| linked_tightly(text, from)).and_then(|end| span(end, kind))
        }
        Kind::Secret => secret(text, from).and_then(|end| span(end, kind)),
        _ => None,
    }
}

/// So many digits, in groups or not, and nothing joined to them.
fn digits(text: &Text, from: usize, least: usize, most: usize) -> Option<usize> {
    if !text.at(from).is_ascii_digit() {
        return None;
    }
    let run = Run::read(text, from);
    let cut =
        run.cuts().iter().rev().find(|cut| (least..=most).contains(&cut.count) && run.plain_to(cut.count))?;
    // A date, a clock or a sum follows more often than a group after a blank.
    Some(cut.end)
}

/// `(012) 1234567890123`, seen from its first digit: a bank's number in brackets, then the account.
fn bank_and_account(text: &Text, from: usize) -> Option<usize> {
    let run = Run::read(text, from);
    let bank = run.cuts().first().is_some_and(|cut| cut.count == 3 && cut.separator == ')');
    run.whole().filter(|cut| bank && (10..=20).contains(&cut.count)).map(|cut| cut.end)
}

/// `943 476 5919`: three, three and four digits.
fn in_groups(text: &Text, from: usize) -> Option<usize> {
    if !text.at(from).is_ascii_digit() {
        return None;
    }
    let run = Run::read(text, from);
    run.whole()
        .filter(|cut| cut.count == 10 && run.shape(10) == [3, 3, 4] && run.plain_to(10))
        .map(|cut| cut.end)
}

/// `1990.03`: a year and a month; whole dates are found by their own form.
fn month(text: &Text, from: usize) -> Option<usize> {
    let digits = |from: usize| (from..from + 5).take_while(|p| text.at(*p).is_ascii_digit()).count();
    let mark = matches!(text.at(from + 4), '.' | '-' | '/');
    let end = from + 5 + digits(from + 5);
    let goes_on = matches!(text.at(end), '.' | '-' | '/') && text.at(end + 1).is_ascii_digit();
    let two = end == from + 6 || end == from + 7;
    (digits(from) == 4 && mark && two && !goes_on && !text.at(end).is_ascii_alphanumeric()).then_some(end)
}

/// Twelve hexadecimal digits without separators.
fn bare_mac(text: &Text, from: usize) -> Option<usize> {
    let (end, digit) = text.token(from);
    let hexadecimal = text.slice(from, end).iter().all(char::is_ascii_hexdigit);
    (end - from == 12 && digit && hexadecimal).then_some(end)
}

fn phone(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let text = scene.text;
    if let Some(end) = in_characters(text, from) {
        return Some(Scene::span(from, end, Kind::Phone, 92, "phone-labelled"));
    }
    let start = from.checked_sub(1).filter(|p| matches!(text.at(*p), '(')).unwrap_or(from);
    if matches!(text.at(from), '+') {
        return super::numbers::international(scene, from);
    }
    if !text.at(from).is_ascii_digit() {
        return None;
    }
    if let Some(span) = (start < from).then(|| super::numbers::bracketed(scene, start)).flatten() {
        return Some(span);
    }
    let run = Run::read(text, from);
    if let Some(span) = super::numbers::mobile(scene, from, from, &run) {
        return Some(Span { confidence: 95, ..span });
    }
    let first = run.cuts().first()?;
    let cut = run.cuts().iter().rev().find(|cut| {
        (7..=13).contains(&cut.count)
            && run
                .cuts()
                .iter()
                .take_while(|earlier| earlier.count < cut.count)
                .all(|earlier| matches!(earlier.separator, ' ' | '-' | '.' | ')' | '/'))
    })?;
    let number = run.first(cut.count);
    let service = scene.chinese
        && (number.starts_with(b"400") || number.starts_with(b"800") || number.starts_with(b"080"))
        && cut.count == 10;
    let date = first.count == 4
        && matches!(run.first(2), b"19" | b"20")
        && run.shape(cut.count).get(1).is_some_and(|n| *n <= 2);
    let bare_date =
        cut.count == 8 && checks::birth_date(number) && run.cuts().len() == 1 && number.starts_with(b"20");
    (!service && !date && !bare_date)
        .then(|| super::numbers::with_extension(scene, start.max(from), cut.end, 92, "phone-labelled"))
}

/// 一三八零零一三八零零零: a number written with Chinese digits.
fn in_characters(text: &Text, from: usize) -> Option<usize> {
    let digit = |p: usize| {
        matches!(
            text.folded_at(p),
            '〇' | '零'
                | '一'
                | '幺'
                | '二'
                | '两'
                | '三'
                | '四'
                | '五'
                | '六'
                | '七'
                | '八'
                | '九'
                | '壹'
                | '贰'
                | '叁'
                | '肆'
                | '伍'
                | '陆'
                | '柒'
                | '捌'
                | '玖'
        )
    };
    let count = (from..from + 13).take_while(|p| digit(*p)).count();
    (7..=12).contains(&count).then_some(from + count)
}

/// `A 123456789`, `A 123456 (3)`: a letter apart from its digits, with the right check digit.
fn letter_apart(text: &Text, from: usize) -> Option<usize> {
    if !text.at(from).is_ascii_alphabetic() || !matches!(text.at(from + 1), ' ' | '-') {
        return None;
    }
    let (end, _) = text.token(from + 2);
    let bracket = usize::from(text.at(end) == ' ');
    let closed = text.at(end + bracket) == '(' && text.at(end + bracket + 2) == ')';
    let last = closed.then(|| text.at(end + bracket + 1));
    let number: String = std::iter::once(text.at(from))
        .chain(text.slice(from + 2, end).iter().copied())
        .chain(last)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let valid = checks::taiwan_id(number.as_bytes()) || checks::hong_kong_id(number.as_bytes());
    valid.then_some(if closed { end + bracket + 3 } else { end })
}

fn identity(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let text = scene.text;
    if let Some(end) = letter_apart(text, from) {
        return Some(Scene::span(from, end, Kind::IdCard, 93, "id-labelled"));
    }
    if let Some(span) = super::numbers::at(scene, from).filter(|span| span.kind == Kind::IdCard) {
        return Some(span);
    }
    let end = code(text, from, 7, 20, 6)?;
    let bracket = text.at(end) == '(' && text.at(end + 1).is_ascii_alphanumeric() && text.at(end + 2) == ')';
    let date = text.string(from, end).contains('-') && text.at(from).is_ascii_digit();
    let phone = end - from == 11 && text.at(from) == '1';
    (!date && !phone).then_some(Scene::span(
        from,
        if bracket { end + 3 } else { end },
        Kind::IdCard,
        90,
        "id-labelled",
    ))
}

/// A document whose sort only its form, or a word shortly before, tells.
fn document(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let text = scene.text;
    if text.folded_at(from + 1) == '字' {
        // A military card is found by its own form.
        return None;
    }
    let end = code(text, from, 6, 20, 5)?;
    let before = scene.hits.partition_point(|hit| hit.start < from);
    let sort = scene
        .hits
        .get(..before)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|hit| hit.end + 60 >= from)
        .find_map(|hit| match hit.label {
            Label::Is(
                kind @ (Kind::Passport
                | Kind::TravelPermit
                | Kind::IdCard
                | Kind::MilitaryId
                | Kind::DriverLicense),
            ) => Some(kind),
            _ => None,
        });
    let letters = text.slice(from, end).iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let by_form = match (end - from, letters) {
        (18 | 15, _) | (10, 1 | 2) => Kind::IdCard,
        (9, 1 | 2) if !matches!(text.at(from), 'H' | 'M') || letters == 2 => Kind::Passport,
        (9 | 11, 1) | (8, 0) => Kind::TravelPermit,
        _ => Kind::IdCard,
    };
    let bracket = text.at(end) == '(' && text.at(end + 2) == ')';
    let kind = if matches!(end - from, 18) { Kind::IdCard } else { sort.unwrap_or(by_form) };
    Some(Scene::span(from, if bracket { end + 3 } else { end }, kind, 88, "document"))
}

/// Letters and digits with inner hyphens: so long, with so many digits at least.
pub(super) fn code(
    text: &Text,
    from: usize,
    least: usize,
    most: usize,
    digits_least: usize,
) -> Option<usize> {
    let mut end = from;
    let mut digits = 0;
    while end <= from + most {
        let c = text.at(end);
        let inner =
            matches!(c, '-' | '/' | '.' | ':') && end > from && text.at(end + 1).is_ascii_alphanumeric();
        if !(c.is_ascii_alphanumeric() || inner) {
            break;
        }
        digits += usize::from(c.is_ascii_digit());
        end += 1;
    }
    let len = end - from;
    let clock = text.at(from + 2) == ':' && text.at(from).is_ascii_digit() && text.at(from + 5) == ':';
    ((least..=most).contains(&len) && digits >= digits_least && !clock).then_some(end)
}

/// As [`code`], with blanks between groups.
fn code_spaced(text: &Text, from: usize, least: usize, most: usize) -> Option<usize> {
    let mut end = from;
    let mut digits = 0;
    while end < from + most {
        let c = text.at(end);
        let group = c == ' '
            && (1..=2).all(|i| text.at(end + i).is_ascii_digit() || text.at(end + i).is_ascii_uppercase())
            && end > from + 3;
        if !(c.is_ascii_alphanumeric() || group) {
            break;
        }
        digits += usize::from(c.is_ascii_digit());
        end += 1;
    }
    (end - from >= least && digits >= 8).then_some(end)
}

fn permit(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let end = code(scene.text, from, 8, 11, 7)?;
    let bracket = scene.text.at(end) == '(' && scene.text.at(end + 2) == ')';
    Some(Scene::span(from, if bracket { end + 3 } else { end }, Kind::TravelPermit, 90, "permit"))
}

fn company(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let whole =
        code(scene.text, from, 8, 20, 5).filter(|end| matches!(end - from, 8 | 9 | 10 | 13 | 15 | 17..=20));
    let end = grouped_company(scene.text, from).or(whole)?;
    Some(Scene::span(from, end, Kind::Uscc, 92, "company-labelled"))
}

/// `9135 0100 M000 100Y 43`: a company's code in groups, with the right check place.
fn grouped_company(text: &Text, from: usize) -> Option<usize> {
    let (mut number, mut at) = (Vec::new(), from);
    while number.len() < 18 {
        let c = text.at(at);
        let parted = matches!(c, ' ' | '-') && at > from && text.at(at + 1).is_ascii_alphanumeric();
        if c.is_ascii_alphanumeric() {
            number.push(u8::try_from(c.to_ascii_uppercase()).ok()?);
        } else if !parted {
            return None;
        }
        at += 1;
    }
    let ours = at > from + 18 && !text.at(at).is_ascii_alphanumeric() && checks::unified_credit_code(&number);
    ours.then_some(at)
}

fn postcode(scene: &Scene<'_>, from: usize) -> Option<Span> {
    let text = scene.text;
    let count = (from..from + 8).take_while(|p| text.at(*p).is_ascii_digit()).count();
    if scene.chinese {
        let end = from + count;
        return (matches!(count, 3 | 5 | 6) && !text.at(end).is_ascii_alphanumeric()).then_some(Scene::span(
            from,
            end,
            Kind::Postcode,
            90,
            "postcode",
        ));
    }
    let end = if count == 5 && text.at(from + 5) == '-' { from + 10 } else { code(text, from, 4, 8, 2)? };
    Some(Scene::span(from, end, Kind::Address, 85, "postcode"))
}

/// An account name: letters, digits, `_`, `-`, `.`.
fn account(text: &Text, from: usize, least: usize) -> Option<usize> {
    let start = from + usize::from(text.at(from) == '@');
    let end = (start..start + 40)
        .find(|p| !(text.at(*p).is_ascii_alphanumeric() || matches!(text.at(*p), '_' | '-' | '.')))
        .unwrap_or(start + 40);
    let end = if text.before(end) == '.' { end - 1 } else { end };
    (end >= start + least && text.at(start).is_ascii_alphanumeric()).then_some(end)
}

/// A username stands right behind a colon, an equals sign or a quote; `user name of the …` is prose.
fn linked_tightly(text: &Text, from: usize) -> bool {
    (1..=3).any(|back| from.checked_sub(back).is_some_and(|p| matches!(text.at(p), ':' | '=')))
        || text.slice(from, from + 24).iter().take_while(|c| !c.is_whitespace()).any(char::is_ascii_digit)
}

/// A key or password: one word, not an ordinary one.
fn secret(text: &Text, from: usize) -> Option<usize> {
    let end = (from..from + 512)
        .find(|p| {
            let c = text.at(*p);
            c == '\0'
                || c.is_whitespace()
                || !c.is_ascii()
                || matches!(c, '"' | '\'' | '<' | '>' | ',' | ';' | '`' | '|')
        })
        .unwrap_or(from + 512);
    let end = if matches!(text.before(end), '.' | ')' | '}' | ']') { end - 1 } else { end };
    let value = text.slice(from, end);
    let digits = value.iter().any(char::is_ascii_digit);
    let marks = value.iter().any(|c| c.is_ascii_punctuation());
    let letters = value.iter().any(char::is_ascii_alphabetic);
    let mixed = value.iter().any(char::is_ascii_uppercase) && value.iter().any(char::is_ascii_lowercase);
    let hashed = value.len() >= 32 && value.iter().all(char::is_ascii_hexdigit);
    let tight = (1..=3).any(|back| from.checked_sub(back).is_some_and(|p| matches!(text.at(p), ':' | '=')));
    let strong = letters && (digits || (marks && mixed));
    // Three or four digits of a card, right behind their own words.
    let card = ["cvv ", "cvc ", "cvv2 ", "pin "]
        .iter()
        .any(|word| from.checked_sub(word.len()).is_some_and(|start| text.has(start, word)));
    let short = (3..=6).contains(&value.len()) && value.iter().all(char::is_ascii_digit);
    if card && short {
        return Some(end);
    }
    (value.len() >= 3
        && (!hashed || tight)
        && (strong && value.len() >= 6 || (tight && (digits || marks) && value.len() >= 3)))
        .then_some(end)
}
