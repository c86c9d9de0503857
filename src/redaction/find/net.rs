//! Addresses of mail, pages and machines.

use super::scene::Scene;
use crate::redaction::class::MARK;
use crate::redaction::kind::Kind;
use crate::redaction::span::Span;

const LOCAL_MOST: usize = 64;
const HOST_MOST: usize = 253;
const URL_MOST: usize = 2048;

/// Every e-mail address: around each `@` (also `%40`).
pub fn mail(scene: &Scene<'_>) -> Vec<Span> {
    let text = scene.text;
    let mut spans: Vec<Span> = Vec::new();
    for at in text.places_with(MARK) {
        let host = match text.at(at) {
            '@' => at + 1,
            '%' if text.at(at + 1) == '4' && text.at(at + 2) == '0' => at + 3,
            _ => continue,
        };
        let floor = spans.last().map_or(0, |last| last.end).max(at.saturating_sub(LOCAL_MOST));
        let local =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '\'' | '&' | '*');
        let accented = |c: char| c.is_alphabetic() && !crate::base::text::is_han(c);
        let mut start = at;
        while start > floor && (local(text.before(start)) || accented(text.before(start))) {
            start -= 1;
        }
        while start < at && !text.at(start).is_alphanumeric() {
            start += 1;
        }
        if let Some(end) = host_end(scene, host).filter(|_| start < at) {
            spans.push(Scene::span(start, end, Kind::Email, 98, "email"));
        }
    }
    spans
}

/// `li.hua [at] corp dot com`, seen from the bracket: an address as people write it for people.
pub fn spelled_mail(scene: &Scene<'_>, bracket: usize) -> Option<Span> {
    let text = scene.text;
    let (at, close) = (text.has(bracket + 1, "at"), matches!(text.at(bracket + 3), ']' | ')'));
    if !at || !close {
        return None;
    }
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let last = bracket - usize::from(text.before(bracket) == ' ');
    let count = (1..=LOCAL_MOST)
        .take_while(|back| last.checked_sub(*back).is_some_and(|p| inner(text.at(p))))
        .count();
    let mut end = bracket + 4 + usize::from(text.at(bracket + 4) == ' ');
    let mut dots = 0;
    loop {
        let word =
            (end..end + LOCAL_MOST).take_while(|p| text.at(*p).is_ascii_alphanumeric() || text.at(*p) == '-');
        let word = word.count();
        if word == 0 {
            return None;
        }
        end += word;
        let dot = [" dot ", " [dot] ", " (dot) ", "[dot]", "(dot)", "."]
            .into_iter()
            .find(|dot| text.has(end, dot) && text.at(end + dot.len()).is_ascii_alphanumeric());
        match dot {
            Some(dot) if dots < 4 => end += dot.len(),
            _ => break,
        }
        dots += 1;
    }
    (count > 0 && dots > 0).then_some(Scene::span(last - count, end, Kind::Email, 92, "email"))
}

/// Where a host name with at least one dot ends.
fn host_end(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let text = scene.text;
    let mut end = start;
    let mut last_dot = None;
    while end < start + HOST_MOST {
        let c = text.at(end);
        if c == '.' && text.at(end + 1).is_ascii_alphanumeric() && end > start {
            last_dot = Some(end);
        } else if !(c.is_ascii_alphanumeric() || (c == '-' && text.at(end + 1).is_ascii_alphanumeric())) {
            break;
        }
        end += 1;
    }
    let top = last_dot? + 1;
    let letters = (top..end)
        .all(|p| text.at(p).is_ascii_alphabetic() || text.at(p) == '-' || text.at(p).is_ascii_digit());
    (end - top >= 2 && letters && text.at(top).is_ascii_alphabetic()).then_some(end)
}

/// `@name` that is no part of a mail address.
pub fn handle(scene: &Scene<'_>, at: usize) -> Option<Span> {
    let text = scene.text;
    let before = text.before(at);
    if before.is_ascii_alphanumeric() || matches!(before, '.' | '_' | '-' | '/' | '@') {
        return None;
    }
    let mut end = at + 1;
    let mut marked = false;
    while end < at + 32 && (text.at(end).is_ascii_alphanumeric() || text.at(end) == '_') {
        marked |= text.at(end).is_ascii_digit() || text.at(end) == '_';
        end += 1;
    }
    let goes_on = matches!(text.at(end), '.' | '/') && text.at(end + 1).is_ascii_alphanumeric();
    let own = text.at(at + 1).is_ascii_lowercase() && end - at >= 4 && !goes_on;
    let announced = scene.announces(at, Kind::Username);
    (own && (marked || announced)).then_some(Scene::span(at, end, Kind::Username, 80, "handle"))
}

/// A token with a digit: machine addresses.
pub fn from_token(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let text = scene.text;
    match text.at(end) {
        '.' => ip4(scene, start, end).or_else(|| mac_in_fours(scene, start, end)),
        ':' | '-' => mac(scene, start, end).or_else(|| ip6(scene, start)),
        _ => None,
    }
}

/// A word: pages, and machine addresses that begin with letters.
pub fn from_word(scene: &Scene<'_>, start: usize, end: usize) -> Option<Span> {
    let text = scene.text;
    match text.at(end) {
        ':' if text.at(end + 1) == '/' && text.at(end + 2) == '/' => {
            let scheme = text.folded(start, end);
            matches!(scheme.as_str(), "http" | "https" | "ftp" | "ftps" | "ws" | "wss")
                .then(|| url(scene, start, end + 3))?
        }
        '.' if end - start == 3 && text.has(start, "www.") => url(scene, start, end + 1),
        '.' => mac_in_fours(scene, start, end),
        ':' | '-' => mac(scene, start, end).or_else(|| ip6(scene, start)),
        _ => None,
    }
}

fn url(scene: &Scene<'_>, start: usize, from: usize) -> Option<Span> {
    let text = scene.text;
    let mut end = from;
    while end < from + URL_MOST {
        let c = text.at(end);
        let inside = c.is_ascii_graphic()
            && !matches!(c, '"' | '<' | '>' | '`' | '{' | '}' | '|' | '\\' | '^' | '[' | ']');
        if !inside {
            break;
        }
        end += 1;
    }
    while end > from && matches!(text.before(end), '.' | ',' | ';' | ':' | '!' | '?' | ')' | '\'' | '(') {
        end -= 1;
    }
    (end > from + 2).then_some(Scene::span(start, end, Kind::Url, 60, "url"))
}

fn ip4(scene: &Scene<'_>, start: usize, first_end: usize) -> Option<Span> {
    let text = scene.text;
    let before = text.before(start);
    if matches!(before, '.' | 'v' | 'V' | '-' | '_')
        || first_end - start > 3
        || !text.at(start).is_ascii_digit()
    {
        return None;
    }
    let mut at = start;
    for octet in 0..4 {
        let mut value = 0u32;
        let mut count = 0;
        while let Some(digit) = text.at(at).to_digit(10) {
            value = value * 10 + digit;
            count += 1;
            at += 1;
            if count > 3 {
                return None;
            }
        }
        if count == 0 || value > 255 {
            return None;
        }
        if octet < 3 {
            if text.at(at) != '.' {
                return None;
            }
            at += 1;
        }
    }
    let goes_on =
        text.at(at).is_ascii_alphanumeric() || (text.at(at) == '.' && text.at(at + 1).is_ascii_digit());
    let version =
        scene.labels_before(start).next().is_some_and(|hit| hit.label.is_nothing() && start - hit.end <= 3);
    (!goes_on && !version).then_some(Scene::span(start, at, Kind::Ip, 95, "ip4"))
}

/// Groups of up to four hexadecimal digits: eight, or fewer with one `::`.
pub fn ip6(scene: &Scene<'_>, start: usize) -> Option<Span> {
    let text = scene.text;
    let before = text.before(start);
    if before.is_ascii_alphanumeric() || matches!(before, ':' | '.' | '_') {
        return None;
    }
    let mut at = start;
    let (mut groups, mut double, mut digits) = (0, 0, 0);
    loop {
        let count = (at..at + 5).take_while(|p| text.at(*p).is_ascii_hexdigit()).count();
        if count > 4 {
            return None;
        }
        at += count;
        groups += usize::from(count > 0);
        digits += count;
        if text.at(at) != ':' || groups >= 8 {
            break;
        }
        if text.at(at + 1) == ':' {
            double += 1;
            at += 2;
        } else if text.at(at + 1).is_ascii_hexdigit() {
            at += 1;
        } else {
            break;
        }
    }
    let whole = (groups == 8 && double == 0) || (double == 1 && (2..8).contains(&groups) && digits >= 5);
    (whole && !text.at(at).is_ascii_alphanumeric()).then_some(Scene::span(start, at, Kind::Ip, 94, "ip6"))
}

/// `001A.2B3C.4D5E`, as switches write it.
fn mac_in_fours(scene: &Scene<'_>, start: usize, first_end: usize) -> Option<Span> {
    let text = scene.text;
    let end = start + 14;
    let four = |from: usize| (from..from + 4).all(|p| text.at(p).is_ascii_hexdigit());
    let shaped = first_end - start == 4
        && text.at(start + 9) == '.'
        && [start, start + 5, start + 10].into_iter().all(four)
        && text.slice(start, end).iter().any(char::is_ascii_alphabetic)
        && text.slice(start, end).iter().any(char::is_ascii_digit);
    let goes_on = matches!(text.before(start), '.' | '-' | '_')
        || text.at(end).is_ascii_alphanumeric()
        || (text.at(end) == '.' && text.at(end + 1).is_ascii_alphanumeric());
    (shaped && !goes_on).then_some(Scene::span(start, end, Kind::Mac, 90, "mac"))
}

fn mac(scene: &Scene<'_>, start: usize, first_end: usize) -> Option<Span> {
    let text = scene.text;
    let separator = text.at(first_end);
    if first_end - start != 2 || matches!(text.before(start), ':' | '-') {
        return None;
    }
    let shaped = (0..6).all(|group| {
        let at = start + group * 3;
        text.at(at).is_ascii_hexdigit()
            && text.at(at + 1).is_ascii_hexdigit()
            && (group == 5 || text.at(at + 2) == separator)
    });
    let end = start + 17;
    let goes_on = text.at(end).is_ascii_alphanumeric()
        || (text.at(end) == separator && text.at(end + 1).is_ascii_hexdigit());
    (shaped && !goes_on).then_some(Scene::span(start, end, Kind::Mac, 96, "mac"))
}
