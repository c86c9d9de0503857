//! Stand-ins of numbers that have no reserved range: the same form, letters for letters and digits for
//! digits, begun with zeros, and ended with a keyed check of what stands before.

use super::super::keys::Keys;
use crate::redaction::kind::Kind;

/// Letters and digits that check the others.
const CHECKED: usize = 3;
/// Letters and digits without which a value has no room for a check.
const LEAST: usize = 5;
/// Farthest that a number is followed beyond the place at which it was found.
const UNIT_MOST: usize = 64;

/// Letters and digits at the beginning that are zeros.
fn zeros(count: usize, foreign: bool) -> usize {
    match count {
        _ if foreign => 1,
        ..9 => 2,
        _ => 3,
    }
}

/// The form of a character: what stands for it is of the same.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Digit,
    Small,
    Large,
    Foreign,
    Mark,
}

const fn form_of(c: char) -> Form {
    match c {
        '0'..='9' | '０'..='９' => Form::Digit,
        'a'..='z' | 'ａ'..='ｚ' => Form::Small,
        'A'..='Z' | 'Ａ'..='Ｚ' => Form::Large,
        _ => Form::Mark,
    }
}

fn formed(c: char) -> Form {
    match form_of(c) {
        Form::Mark if c.is_numeric() => Form::Digit,
        Form::Mark if c.is_alphabetic() => Form::Foreign,
        form => form,
    }
}

fn shown(form: Form, byte: u8) -> char {
    match form {
        Form::Digit => char::from(b'0' + byte % 10),
        Form::Small => char::from(b'a' + byte % 26),
        Form::Large => char::from(b'A' + byte % 26),
        Form::Foreign | Form::Mark => '某',
    }
}

const fn zero(form: Form) -> char {
    match form {
        Form::Small => 'x',
        Form::Large => 'X',
        _ => '0',
    }
}

/// The stand-in; `None` if the value is too short.
pub(super) fn form(keys: &Keys, kind: Kind, value: &str) -> Option<String> {
    let forms: Vec<Form> = value.chars().map(formed).collect();
    let foreign = forms.contains(&Form::Foreign);
    let count = forms.iter().filter(|form| !matches!(form, Form::Foreign | Form::Mark)).count();
    if count < LEAST {
        return None;
    }
    let digest = keys.digest(kind.as_str(), value);
    let mut drawn = digest.iter().cycle().copied();
    let mut head = String::new();
    let mut end = Vec::new().into_iter();
    let mut seen = 0;
    let mut whole = String::new();
    for (c, form) in value.chars().zip(forms) {
        if matches!(form, Form::Foreign | Form::Mark) {
            whole.push(if form == Form::Foreign { '某' } else { c });
            continue;
        }
        seen += 1;
        let c = if seen <= zeros(count, foreign) {
            zero(form)
        } else if seen + CHECKED <= count {
            shown(form, drawn.next().unwrap_or(0))
        } else {
            if seen + CHECKED == count + 1 {
                end = keys.digest("stand-in-form", &head.to_lowercase()).to_vec().into_iter();
            }
            shown(form, end.next().unwrap_or(0))
        };
        head.push(c);
        whole.push(c);
    }
    Some(whole)
}

/// True if a value has been issued by this key.
fn is_ours(keys: &Keys, value: &[char]) -> bool {
    let letters: Vec<char> = value.iter().copied().filter(char::is_ascii_alphanumeric).collect();
    let foreign = value.contains(&'某');
    let Some((head, end)) = letters.len().checked_sub(CHECKED).and_then(|at| letters.split_at_checked(at))
    else {
        return false;
    };
    let begins = letters.iter().take(zeros(letters.len(), foreign)).all(|c| matches!(c, '0' | 'x' | 'X'));
    if letters.len() < LEAST || !begins {
        return false;
    }
    let head: String = head.iter().flat_map(|c| c.to_lowercase()).collect();
    let digest = keys.digest("stand-in-form", &head);
    end.iter().zip(digest).all(|(c, byte)| *c == shown(formed(*c), byte))
}

/// True if what stands at a place, or the number that it is a part of, has been issued by this key.
pub fn is_issued(keys: &Keys, chars: &[char], (start, end): (usize, usize)) -> bool {
    if is_ours(keys, chars.get(start..end).unwrap_or_default()) {
        return true;
    }
    let joined = |c: &&char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '·' | '某');
    let before = chars.get(start.saturating_sub(UNIT_MOST)..start).unwrap_or_default();
    let after = chars.get(end..(end + UNIT_MOST).min(chars.len())).unwrap_or_default();
    let start = start - before.iter().rev().take_while(joined).count();
    let end = end + after.iter().take_while(joined).count();
    is_ours(keys, chars.get(start..end).unwrap_or_default())
}
