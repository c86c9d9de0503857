//! Numbers that are mainly digits: identity cards, bank cards, telephones, devices, social
//! security.

use super::court;
use super::run::Run;
use super::scene::Scene;
use crate::redaction::checks;
use crate::redaction::kind::Kind;
use crate::redaction::span::Span;

/// Digits of the shortest number in one group.
const SHORTEST: usize = 7;

/// `010`, `+86`, `(02)` in a cell of its own: a part of the number beside it.
pub fn area_code(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let cell = scene.text.slice(start, end);
    let digits = cell.iter().filter(|c| c.is_ascii_digit()).count();
    let shaped = (2..=5).contains(&digits) && cell.iter().all(|c| c.is_ascii_digit() || "+()- ".contains(*c));
    shaped.then_some(Scene::span(start, end, Kind::Phone, 92, "phone-labelled"))
}

/// What begins at a digit.
pub fn at(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let before = scene.text.before(position);
    if before.is_ascii_alphanumeric() || before == '_' {
        return None;
    }
    if Run::is_short(scene.text, position, SHORTEST) {
        return court::docket(scene, position);
    }
    let run = Run::read(scene.text, position);
    if run.digits().len() < SHORTEST && run.cuts().len() < 2 {
        return court::docket(scene, position);
    }
    identity_card(scene, position, &run)
        .or_else(|| court::docket(scene, position))
        .or_else(|| court::hong_kong(scene, position, &run))
        .or_else(|| insurance(scene, position, &run))
        .or_else(|| mobile(scene, position, position, &run))
        .or_else(|| payment_card(scene, position, &run))
        .or_else(|| device(scene, position, &run))
        .or_else(|| social_security(scene, position, &run))
        .or_else(|| landline(scene, position, position, &run))
        .or_else(|| north_american(scene, position, position, &run))
        .or_else(|| european(scene, position, &run))
        .or_else(|| grouped_identity(scene, position, &run))
        .or_else(|| macau(scene, position, &run))
        .or_else(|| hong_kong_line(scene, position, &run))
        .or_else(|| employer(scene, position, &run))
        .or_else(|| court::application(scene, position, &run))
}

fn identity_card(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let digits = run.digits();
    if digits.len() >= 17 {
        // 17 digits and X, also in groups.
        if digits.len() == 17 && run.plain_to(17) {
            let end = run.cuts().last().map_or_else(|| end_of_digits(scene, position, 17), |cut| cut.end);
            let end = end_of_digits(scene, position, 17).max(end);
            if scene.text.folded_at(end) == 'x' && !scene.text.at(end + 1).is_ascii_alphanumeric() {
                let mut number = digits.to_vec();
                number.push(b'X');
                return judge_card(scene, position, end + 1, &number);
            }
        }
        if let Some(end) = run.end_at(18).filter(|_| run.plain_to(18)) {
            return judge_card(scene, position, end, run.first(18));
        }
    }
    let end = run.end_at(15).filter(|_| run.cuts().first().is_some_and(|cut| cut.count == 15))?;
    let announced = scene.announces_any(position, &[Kind::IdCard]) || scene.announces_document(position);
    (announced && checks::resident_id_15(run.first(15))).then_some(Scene::span(
        position,
        end,
        Kind::IdCard,
        90,
        "id-card-15",
    ))
}

fn judge_card(scene: &Scene<'_>, start: usize, end: usize, number: &[u8]) -> Option<Span> {
    let announced = scene.announces(start, Kind::IdCard) || scene.announces_document(start);
    let nothing = scene.means_nothing(start);
    if (checks::resident_id_18(number) && !nothing) || (announced && checks::resident_id_shape(number)) {
        return Some(Scene::span(start, end, Kind::IdCard, if announced { 98 } else { 95 }, "id-card-18"));
    }
    (!nothing && checks::mod_11_2(number) && number.starts_with(b"9") && announced).then_some(Scene::span(
        start,
        end,
        Kind::IdCard,
        90,
        "residence-card",
    ))
}

/// Where `count` digits from `start` end, separators skipped.
fn end_of_digits(scene: &Scene<'_>, start: usize, count: usize) -> usize {
    let mut seen = 0;
    let mut at = start;
    while seen < count && at < start + count * 2 {
        seen += usize::from(scene.text.at(at).is_ascii_digit());
        at += 1;
    }
    at
}

fn payment_card(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let valid = run.cuts().iter().rev().find(|cut| {
        (13..=19).contains(&cut.count)
            && (run.plain_to(cut.count) || dotted(run, cut.count))
            && checks::payment_card(run.first(cut.count))
    });
    // Four groups of four behind an issuer's digit: a mistyped card is one all the same.
    let written = run.cuts().iter().find(|cut| {
        cut.count == 16 && run.shape(16) == [4, 4, 4, 4] && matches!(run.first(1), b"3" | b"4" | b"5" | b"6")
    });
    let cut = valid.or(written.filter(|_| !scene.chinese))?;
    let shape = run.shape(cut.count);
    let grouped = match &*shape {
        [_] => true,
        [4, middle @ .., last] => {
            (middle.iter().all(|group| *group == 4) && *last <= 4) || shape == [4, 6, 5]
        }
        [6, 13] => true,
        _ => false,
    };
    let announced = scene.announces_any(position, &[Kind::PaymentCard, Kind::BankAccount]);
    if !grouped || (scene.means_nothing(position) && !announced) {
        return None;
    }
    // An unlabelled bare number of 13 to 15 digits is more often a clock or a counter than a card.
    let confidence = match (announced, shape.len(), cut.count) {
        (true, ..) => 97,
        (_, 2.., _) => 90,
        (_, _, 16..) => 85,
        _ if scene.chinese => return None,
        _ => 80,
    };
    Some(Scene::span(position, cut.end, Kind::PaymentCard, confidence, "payment-card"))
}

/// `4111.1111.1111.1111`: groups of four parted by full stops.
fn dotted(run: &Run, count: usize) -> bool {
    let inner = run.cuts().iter().take_while(|cut| cut.count < count);
    let fours = inner.clone().enumerate().all(|(i, cut)| cut.separator == '.' && cut.count == (i + 1) * 4);
    fours && inner.count() >= 3
}

fn device(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let cut = run.cuts().iter().find(|cut| cut.count == 15)?;
    let known_maker = matches!(run.first(2), b"35" | b"86" | b"01" | b"99" | b"49");
    let announced = scene.announces(position, Kind::Imei);
    let bare = run.cuts().first().is_some_and(|first| first.count == 15);
    let plausible = checks::device_number(run.first(15)) && (announced || (known_maker && bare));
    (plausible && (announced || !scene.means_nothing(position))).then_some(Scene::span(
        position,
        cut.end,
        Kind::Imei,
        if announced { 97 } else { 82 },
        "imei",
    ))
}

/// A mainland or Taiwanese mobile number, from its digits on; `start` is where the span begins.
pub fn mobile(scene: &Scene<'_>, start: usize, position: usize, run: &Run) -> Option<Span> {
    let digits = run.digits();
    let nothing = || scene.means_nothing(start);
    for prefix in [0usize, 2, 3, 4] {
        let country = digits.get(..prefix)?;
        let number = digits.get(prefix..).unwrap_or_default();
        if !matches!(country, b"" | b"86" | b"086" | b"0086") {
            continue;
        }
        let mainland = number.first() == Some(&b'1') && matches!(number.get(1), Some(b'3'..=b'9'));
        let shape = run.shape(prefix + 11);
        let dotted =
            prefix == 0 && shape == [3, 4, 4] && run.cuts().iter().take(2).all(|cut| cut.separator == '.');
        let plain = run.plain_to(prefix + 11) || dotted;
        let Some(end) = run.end_at(prefix + 11).filter(|_| mainland && plain) else {
            continue;
        };
        let written = shape.len() <= 2
            || shape == [1; 11]
            || matches!(
                &*shape,
                [3, 4, 4]
                    | [3, 3, 5]
                    | [_, 3, 4, 4]
                    | [4, 3, 4]
                    | [5, 4, 4]
                    | [_, 11]
                    | [3, 4, 2, 2]
                    | [_, 4, 3, 4]
            );
        if written && (!nothing() || scene.announces(start, Kind::Phone)) && position >= start {
            return Some(with_extension(
                scene,
                start,
                end,
                if shape.len() > 1 { 93 } else { 91 },
                "mobile-cn",
            ));
        }
    }
    let number = digits.strip_prefix(b"886").or_else(|| digits.strip_prefix(b"00886"));
    let prefix = number.map_or(0, |number| digits.len() - number.len());
    let number = number.unwrap_or(digits);
    let needed = match number {
        [b'0', b'9', ..] => 10,
        [b'9', ..] if prefix > 0 => 9,
        _ => return None,
    };
    let end = run.end_at(prefix + needed).filter(|_| run.plain_to(prefix + needed))?;
    let shape = run.shape(prefix + needed);
    let written = shape.len() == 1
        || matches!(&*shape, [4, 6] | [4, 3, 3] | [.., 3, 3] | [3, 9 | 10] | [2, 4, 4] | [4, 2, 2, 2]);
    (written && !nothing()).then(|| with_extension(scene, start, end, 90, "mobile-tw"))
}

/// `+` and a country.
pub fn international(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let mut from = position + 1;
    let before = text.before(position);
    if before.is_ascii_alphanumeric() || before == '+' {
        return None;
    }
    if text.at(from) == '(' {
        from += 1;
    }
    if !text.at(from).is_ascii_digit() || text.at(from) == '0' {
        return None;
    }
    // Country codes, area codes in brackets, groups: read by hand, since brackets may follow blanks.
    let mut digits = 0usize;
    let mut at = from;
    let mut end = from;
    while at < from + 28 {
        let c = text.at(at);
        if c.is_ascii_digit() {
            digits += 1;
            end = at + 1;
        } else if !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/') || at > end + 1 {
            break;
        }
        if digits > 15 {
            break;
        }
        at += 1;
    }
    // `+86 13285536959 2024-…`: the mainland's numbers have a fixed length.
    let run = Run::read(text, from);
    if let Some(span) = mobile(scene, position, from, &run) {
        return Some(span);
    }
    let letters = text.at(end).is_ascii_alphabetic() && text.folded_at(end) != 'x';
    ((8..=15).contains(&digits) && !letters)
        .then(|| with_extension(scene, position, end, 93, "phone-international"))
}

/// `(02) …`, `(010)…`, `(512) 784-7856`, `(+86)…`.
pub fn bracketed(scene: &Scene<'_>, position: usize) -> Option<Span> {
    let text = scene.text;
    let inside = position + 1;
    if text.at(inside) == '+' {
        let span = international(scene, inside)?;
        // `(+86)138…` has its bracket inside; `(+86 138…)` stands in brackets.
        let start = if text.at(span.end) == ')' { inside } else { position };
        return Some(Span { start, ..span });
    }
    if !text.at(inside).is_ascii_digit() || text.before(position).is_ascii_alphanumeric() {
        return None;
    }
    let run = Run::read(text, inside);
    run.cuts().first().filter(|cut| cut.separator == ')' && (2..=4).contains(&cut.count))?;
    mobile(scene, position, inside, &run)
        .or_else(|| landline(scene, position, inside, &run))
        .or_else(|| north_american(scene, position, inside, &run))
}

/// A fixed line of the mainland or Taiwan with its area code apart; without a gap it needs a label.
fn landline(scene: &Scene<'_>, start: usize, _position: usize, run: &Run) -> Option<Span> {
    let digits = run.digits();
    let first = run.cuts().first()?;
    if digits.first() != Some(&b'0') || digits.starts_with(b"080") || scene.means_nothing(start) {
        return None;
    }
    let announced = scene.announces(start, Kind::Phone);
    let apart = matches!(first.separator, '-' | ')' | ' ');
    let area = match digits {
        [b'0', b'1', b'0', ..] => 3,
        [b'0', b'2', b'0'..=b'9', ..] if first.count == 3 || (first.count > 4 && scene.chinese) => 3,
        [b'0', b'3'..=b'9', ..] if first.count >= 4 => 4,
        [b'0', b'2'..=b'8', ..] if matches!(first.count, 2 | 3) => first.count,
        _ => return None,
    };
    let written = apart && first.count == area && scene.chinese;
    if !written && !announced {
        return None;
    }
    let longest = [area + 8, area + 7, area + 6]
        .into_iter()
        .filter(|count| area < 4 || *count != area + 6)
        .find_map(|count| Some((count, run.end_at(count)?)))?;
    let total = longest.0;
    (9..=12).contains(&total).then(|| with_extension(scene, start, longest.1, 88, "landline"))
}

fn north_american(scene: &Scene<'_>, start: usize, _position: usize, run: &Run) -> Option<Span> {
    let digits = run.digits();
    let lead = match digits {
        [b'0', b'0', b'1', ..] => 3,
        [b'1', ..] if run.cuts().first().is_some_and(|cut| cut.count == 1) => 1,
        _ => 0,
    };
    let end = run.end_at(lead + 10)?;
    let shape = run.shape(lead + 10);
    let groups = if lead == 0 { &*shape } else { shape.get(1..).unwrap_or_default() };
    // `Call 5125550143`: in one piece behind a word for calling.
    let called = shape == [10]
        && ["call ", "dial ", "phone ", "text ", "call: "]
            .iter()
            .any(|word| start.checked_sub(word.len()).is_some_and(|from| scene.text.has(from, word)));
    if (groups != [3, 3, 4] && !called) || scene.means_nothing(start) {
        return None;
    }
    // 400 and 800 are companies' own lines on the mainland, nobody's private number.
    let service = scene.chinese && matches!(run.first(3), b"400" | b"800");
    (!service).then(|| with_extension(scene, start, end, 90, "phone-us"))
}

/// `5104 5057` in brackets or behind a person: eight digits of Hong Kong or Macau in two groups.
fn hong_kong_line(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let abroad =
        matches!(run.first(3), b"852" | b"853") && run.cuts().first().is_some_and(|cut| cut.count == 3);
    if let Some(end) = run.end_at(11).filter(|_| abroad && run.plain_to(11) && !scene.means_nothing(position))
    {
        return Some(Scene::span(position, end, Kind::Phone, 86, "phone-hk"));
    }
    let cut = run.whole().filter(|cut| cut.count == 8)?;
    let written = run.shape(8) == [4, 4]
        && run.plain_to(8)
        && matches!(run.first(1), b"2" | b"3" | b"5" | b"6" | b"8" | b"9");
    let enclosed = scene.text.before(position) == '(' && scene.text.at(cut.end) == ')';
    (written && enclosed && scene.chinese && !scene.means_nothing(position)).then_some(Scene::span(
        position,
        cut.end,
        Kind::Phone,
        80,
        "phone-hk",
    ))
}

/// `0494 92 82 32`, `032 288 79 44`: national forms with a leading 0 and at least three groups.
fn european(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let cut = run.whole()?;
    let shape = run.shape(cut.count);
    let same = run.cuts().windows(2).all(|pair| match pair {
        [a, b] => b.separator == '\0' || a.separator == b.separator,
        _ => true,
    });
    let national =
        run.digits().first() == Some(&b'0') && shape.len() >= 3 && shape.iter().all(|group| *group <= 5);
    let exit = run.digits().starts_with(b"00") && shape.len() >= 2 && (10..=15).contains(&cut.count);
    let british = shape == [5, 6] && run.digits().starts_with(b"07") && !scene.chinese;
    let fits = british
        || (9..=12).contains(&cut.count) && national && !(scene.chinese && run.digits().starts_with(b"080"));
    ((fits || exit) && same && !scene.means_nothing(position))
        .then(|| with_extension(scene, position, cut.end, 84, "phone-national"))
}

/// Takes an extension in: `#575`, `转 8001`, `ext. 12`, `x12`.
pub fn with_extension(
    scene: &Scene<'_>,
    start: usize,
    end: usize,
    confidence: u8,
    rule: &'static str,
) -> Span {
    let text = scene.text;
    let mut at = end;
    while text.at(at) == ' ' && at < end + 2 {
        at += 1;
    }
    if !matches!(text.folded_at(at), '#' | '转' | '分' | 'e' | 'x' | '-') {
        return Scene::span(start, end, Kind::Phone, confidence, rule);
    }
    for mark in ["#", "转", "分机", "ext.", "ext", "extension", "x", "-", "ex"] {
        if !text.has(at, mark) || (mark == "-" && at != end) {
            continue;
        }
        let mut digits_from = at + mark.chars().count();
        while matches!(text.at(digits_from), ' ' | ':' | '.') && digits_from < at + 14 {
            digits_from += 1;
        }
        let count = (digits_from..digits_from + 7).take_while(|p| text.at(*p).is_ascii_digit()).count();
        let closed = !text.at(digits_from + count).is_ascii_alphanumeric();
        if closed
            && if mark == "-" {
                (3..=5).contains(&count) && rule != "mobile-cn"
            } else {
                (1..=6).contains(&count)
            }
        {
            return Scene::span(start, digits_from + count, Kind::Phone, confidence, rule);
        }
    }
    Scene::span(start, end, Kind::Phone, confidence, rule)
}

fn social_security(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let end = run.end_at(9)?;
    let shape = run.shape(9);
    let announced = scene.announces(position, Kind::UsSsn);
    // With full stops only where something says what it is: versions are written so.
    let dotted = announced && run.cuts().iter().take(2).all(|cut| cut.separator == '.');
    let written = shape == [3, 2, 4] && (run.plain_to(9) || dotted);
    if !written && shape.len() != 1 {
        return None;
    }
    if !(written || (announced && shape.len() == 1)) || scene.means_nothing(position) {
        return None;
    }
    let valid = checks::us_social_security(run.first(9));
    (valid || announced).then_some(Scene::span(
        position,
        end,
        Kind::UsSsn,
        if announced { 97 } else { 90 },
        "us-ssn",
    ))
}

/// `AB 12 34 56 C`: a national insurance number of the United Kingdom, seen from its digits.
fn insurance(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let text = scene.text;
    let cut = run.whole().filter(|cut| cut.count == 6)?;
    let start = position.checked_sub(3).filter(|_| text.before(position) == ' ')?;
    let end = cut.end + 2;
    let letter = |p: usize| text.at(p).is_ascii_uppercase();
    let shaped = run.shape(6) == [2, 2, 2] && run.plain_to(6) && letter(start) && letter(start + 1);
    let apart = !text.before(start).is_ascii_alphanumeric() && !text.at(end).is_ascii_alphanumeric();
    let ends = text.at(cut.end) == ' ' && matches!(text.at(cut.end + 1), 'A'..='D');
    (shaped && ends && apart && checks::insurance_prefix(text.at(start), text.at(start + 1)))
        .then_some(Scene::span(start, end, Kind::IdNumber, 88, "prefixed-number"))
}

/// `1234 5678 9012`: an identity number in three groups of four (Aadhaar and others).
fn grouped_identity(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let cut = run.whole().filter(|cut| cut.count == 12)?;
    (run.shape(12) == [4, 4, 4] && !scene.means_nothing(position) && !scene.chinese).then_some(Scene::span(
        position,
        cut.end,
        Kind::IdNumber,
        72,
        "id-grouped",
    ))
}

/// `12-3456789`: an employer's number.
fn employer(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let cut = run.whole().filter(|cut| cut.count == 9)?;
    (run.shape(9) == [2, 7] && run.plain_to(9) && !scene.chinese && !scene.means_nothing(position))
        .then_some(Scene::span(position, cut.end, Kind::IdNumber, 70, "employer-number"))
}

/// `5123456(7)`, `1/234567/8`.
fn macau(scene: &Scene<'_>, position: usize, run: &Run) -> Option<Span> {
    let text = scene.text;
    let first = run.cuts().first()?;
    if first.count == 7 && text.at(first.end) == '(' {
        let closed = text.at(first.end + 1).is_ascii_digit() && text.at(first.end + 2) == ')';
        let known = matches!(run.first(1), b"1" | b"5" | b"7");
        return (closed && known && !scene.means_nothing(position)).then_some(Scene::span(
            position,
            first.end + 3,
            Kind::IdCard,
            86,
            "macau-id",
        ));
    }
    let end = run.end_at(8)?;
    let slashed = run.shape(8) == [1, 6, 1] && run.cuts().iter().take(2).all(|cut| cut.separator == '/');
    (slashed && checks::macau_id(run.first(8))).then_some(Scene::span(
        position,
        end,
        Kind::IdCard,
        86,
        "macau-id",
    ))
}
