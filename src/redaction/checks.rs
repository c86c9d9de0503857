//! Check digits of identity numbers, cards and vehicles. Each function takes the bare number
//! (ASCII, upper case, no separators) and says whether it can have been issued.

/// ISO 7064 MOD 11-2 over 17 digits and a check character (GB 11643: identity cards, residence
/// permits, the foreigners' permanent residence card of 2023).
pub fn mod_11_2(number: &[u8]) -> bool {
    let Some((check, digits)) = number.split_last() else { return false };
    if number.len() != 18 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum = digits.iter().fold(0u32, |sum, d| (sum + value(*d)) * 2 % 11);
    let check = if *check == b'X' {
        10
    } else if check.is_ascii_digit() {
        value(*check)
    } else {
        return false;
    };
    (sum + check) % 11 == 1
}

/// An identity card of 18 places: check character and a date of birth that exists. The area code
/// is not judged: districts are renamed, and cards outlive them.
pub fn resident_id_18(number: &[u8]) -> bool {
    mod_11_2(number) && !number.starts_with(b"0") && birth_date(number.get(6..14).unwrap_or_default())
}

/// The shape of an identity card of 18 places, whatever its check character says.
pub fn resident_id_shape(number: &[u8]) -> bool {
    number.len() == 18 && birth_date(number.get(6..14).unwrap_or_default()) && !number.starts_with(b"0")
}

/// An identity card of 15 places: province and a date of birth of the 20th century.
pub fn resident_id_15(number: &[u8]) -> bool {
    let province = number.get(..2).map_or(0, decimal);
    let date: Vec<u8> = b"19".iter().chain(number.get(6..12).unwrap_or_default()).copied().collect();
    number.len() == 15
        && number.iter().all(u8::is_ascii_digit)
        && matches!(province, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82)
        && birth_date(&date)
}

/// The foreigners' permanent residence card before 2023: country, 12 digits, of which the last
/// is a check digit (weights 7, 3, 1 over the value of each place).
pub fn foreign_residence_old(number: &[u8]) -> bool {
    number.len() == 15
        && number.iter().take(3).all(u8::is_ascii_uppercase)
        && number.iter().skip(3).all(u8::is_ascii_digit)
        && calendar_day(2000, number.get(9..11).map_or(0, decimal), number.get(11..13).map_or(0, decimal))
}

/// `YYYYMMDD` of somebody who may be alive or has died lately.
pub fn birth_date(digits: &[u8]) -> bool {
    digits.len() == 8
        && digits.iter().all(u8::is_ascii_digit)
        && matches!(digits.get(..4).map_or(0, decimal), 1890..=2039)
        && calendar_day(
            digits.get(..4).map_or(0, decimal),
            digits.get(4..6).map_or(0, decimal),
            digits.get(6..8).map_or(0, decimal),
        )
}

/// True if the Gregorian calendar has this day.
pub fn calendar_day(year: u32, month: u32, day: u32) -> bool {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Luhn (ISO/IEC 7812-1): cards, device numbers.
pub fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let doubled = value(*d) * if i % 2 == 1 { 2 } else { 1 };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    number.iter().all(u8::is_ascii_digit) && sum.is_multiple_of(10) && number.iter().any(|d| *d != b'0')
}

/// A payment card: an issuer's range with one of its lengths, and Luhn.
pub fn payment_card(number: &[u8]) -> bool {
    let two = number.get(..2).map_or(0, decimal);
    let four = number.get(..4).map_or(0, decimal);
    let ranged = match number.len() {
        13 => two / 10 == 4,
        14 => matches!(two, 30 | 36 | 38 | 39),
        15 => matches!(two, 34 | 37) || matches!(four, 1800 | 2131),
        16 => {
            matches!(two, 35 | 40..=49 | 51..=55 | 62 | 64 | 65 | 81)
                || matches!(four, 2221..=2720 | 5018 | 5020 | 5038 | 5893 | 6011 | 6304 | 6759..=6763 | 9558)
        }
        17..=19 => {
            matches!(two, 62 | 40..=49 | 81) || matches!(four, 9558 | 9559 | 6011 | 6304 | 6759..=6763)
        }
        _ => false,
    };
    ranged && luhn(number)
}

/// The mainland's unified social credit code (GB 32100, modulo 31, alphabet without I O S V Z).
pub fn unified_credit_code(number: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let places: Option<Vec<u32>> = number
        .iter()
        .map(|c| ALPHABET.iter().position(|a| a == c).and_then(|p| u32::try_from(p).ok()))
        .collect();
    let Some(places) = places.filter(|places| places.len() == 18) else { return false };
    let mut weight = 1;
    let mut sum = 0;
    for place in places.iter().take(17) {
        sum += place * weight;
        weight = weight * 3 % 31;
    }
    places.last().is_some_and(|check| (sum + check).is_multiple_of(31))
}

/// The mainland's organisation code (GB 11714): 8 places and a check place, modulo 11.
pub fn organisation_code(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if number.len() != 9 || !number.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let sum: u32 = number.iter().zip(WEIGHTS).map(|(c, weight)| letter_value(*c) * weight).sum();
    let check = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    };
    number.last() == Some(&check)
}

/// Taiwan's business number (統一編號): weighted digits, divisible by 5 since 2023-04.
pub fn taiwan_business(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 8] = [1, 2, 1, 2, 1, 2, 4, 1];
    if number.len() != 8 || !number.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(d, weight)| {
            let product = value(*d) * weight;
            product / 10 + product % 10
        })
        .sum();
    sum.is_multiple_of(5) || (number.get(6) == Some(&b'7') && (sum + 1).is_multiple_of(5))
}

/// Taiwan's identity number, and residence numbers of the form introduced in 2021.
pub fn taiwan_id(number: &[u8]) -> bool {
    number.len() == 10
        && number.first().is_some_and(u8::is_ascii_uppercase)
        && matches!(number.get(1), Some(b'1' | b'2' | b'8' | b'9'))
        && taiwan_sum(number, number.get(1).copied().unwrap_or(0))
}

/// Taiwan's residence number of the old form: two letters and 8 digits.
pub fn taiwan_residence_old(number: &[u8]) -> bool {
    number.len() == 10
        && number.first().is_some_and(u8::is_ascii_uppercase)
        && matches!(number.get(1), Some(b'A'..=b'D'))
        && taiwan_sum(number, b'0' + (taiwan_letter(number.get(1).copied().unwrap_or(0)) % 10))
}

fn taiwan_sum(number: &[u8], second: u8) -> bool {
    let letter = u32::from(taiwan_letter(number.first().copied().unwrap_or(0)));
    let rest = number.get(2..).unwrap_or_default();
    let sum: u32 = letter / 10
        + letter % 10 * 9
        + value(second) * 8
        + rest.iter().zip([7, 6, 5, 4, 3, 2, 1, 1]).map(|(d, weight)| value(*d) * weight).sum::<u32>();
    rest.iter().all(u8::is_ascii_digit) && sum.is_multiple_of(10)
}

fn taiwan_letter(letter: u8) -> u8 {
    const ORDER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    ORDER.iter().position(|l| *l == letter).and_then(|p| u8::try_from(p).ok()).map_or(0, |p| p + 10)
}

/// A Hong Kong identity card: one or two letters, six digits, check character (bare).
pub fn hong_kong_id(number: &[u8]) -> bool {
    let letters = number.iter().take_while(|c| c.is_ascii_uppercase()).count();
    let digits = number.get(letters..number.len().saturating_sub(1)).unwrap_or_default();
    let check = match number.last() {
        Some(b'A') => 10,
        Some(d) if d.is_ascii_digit() => value(*d),
        _ => return false,
    };
    if !(1..=2).contains(&letters) || digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let places: Vec<u32> = (letters == 1)
        .then_some(36)
        .into_iter()
        .chain(number.iter().take(letters).map(|c| u32::from(c - b'A') + 10))
        .chain(digits.iter().map(|d| value(*d)))
        .collect();
    let sum: u32 = places.iter().zip((2..=9).rev()).map(|(place, weight)| place * weight).sum();
    (sum + check).is_multiple_of(11)
}

/// A Macau identity card, bare: 1, 5 or 7, six digits, a check digit (its rule is not published).
pub fn macau_id(number: &[u8]) -> bool {
    number.len() == 8
        && number.iter().all(u8::is_ascii_digit)
        && matches!(number.first(), Some(b'1' | b'5' | b'7'))
}

/// A vehicle identification number (ISO 3779) with the check digit that China and North America demand.
pub fn vehicle_number(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if !vehicle_shape(number) {
        return false;
    }
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(c, weight)| {
            let place = match c {
                b'A'..=b'H' => u32::from(c - b'A') + 1,
                b'J'..=b'R' => u32::from(c - b'J') + 1,
                b'S'..=b'Z' => u32::from(c - b'S') + 2,
                _ => value(*c),
            };
            place * weight
        })
        .sum();
    let check = if sum % 11 == 10 { b'X' } else { b'0' + u8::try_from(sum % 11).unwrap_or(0) };
    number.get(8) == Some(&check)
}

/// The shape of a vehicle identification number, whatever its check digit says.
pub fn vehicle_shape(number: &[u8]) -> bool {
    number.len() == 17
        && number.iter().all(|c| c.is_ascii_digit() || (c.is_ascii_uppercase() && !b"IOQ".contains(c)))
        && number.iter().any(u8::is_ascii_uppercase)
        && number.iter().filter(|c| c.is_ascii_digit()).count() >= 4
        && number.iter().rev().take(4).all(u8::is_ascii_digit)
}

/// A device number (IMEI): 15 digits, Luhn.
pub fn device_number(number: &[u8]) -> bool {
    number.len() == 15 && luhn(number)
}

/// An international bank account number (ISO 13616, modulo 97).
pub fn iban(number: &[u8]) -> bool {
    if !(15..=34).contains(&number.len())
        || !number.iter().take(2).all(u8::is_ascii_uppercase)
        || !number.iter().skip(2).take(2).all(u8::is_ascii_digit)
        || !number.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
    {
        return false;
    }
    let turned = number.iter().skip(4).chain(number.iter().take(4));
    turned.fold(0u32, |rest, c| {
        let place = letter_value(*c);
        (rest * if place > 9 { 100 } else { 10 } + place) % 97
    }) == 1
}

/// A US social security number, bare: ranges that were never given out are refused.
pub fn us_social_security(number: &[u8]) -> bool {
    let area = number.get(..3).map_or(0, decimal);
    number.len() == 9
        && number.iter().all(u8::is_ascii_digit)
        && area != 0
        && number.get(3..5).is_some_and(|group| group != b"00")
        && number.get(5..).is_some_and(|serial| serial != b"0000")
}

/// The decimal value of ASCII digits; anything else counts as 0.
pub fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |sum, d| sum.saturating_mul(10).saturating_add(value(*d)))
}

fn value(digit: u8) -> u32 {
    if digit.is_ascii_digit() { u32::from(digit - b'0') } else { 0 }
}

fn letter_value(c: u8) -> u32 {
    if c.is_ascii_uppercase() { u32::from(c - b'A') + 10 } else { value(c) }
}

/// True if a national insurance number of the United Kingdom may begin with two letters.
pub fn insurance_prefix(first: char, second: char) -> bool {
    let pair = [first, second];
    let never = [['B', 'G'], ['G', 'B'], ['K', 'N'], ['N', 'K'], ['N', 'T'], ['T', 'N'], ['Z', 'Z']];
    pair.iter().all(char::is_ascii_uppercase)
        && !pair.iter().any(|c| matches!(c, 'D' | 'F' | 'I' | 'Q' | 'U' | 'V'))
        && second != 'O'
        && !never.contains(&pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_places_are_accepted_and_neighbours_are_not() {
        // Made for this test; each is altered in one place to be refused.
        type Check = fn(&[u8]) -> bool;
        let cases: &[(Check, &str, &str)] = &[
            (resident_id_18, "11010519491231002X", "110105194912310021"),
            (resident_id_18, "440308199901010012", "440308199901010013"),
            (unified_credit_code, "91350100M000100Y43", "91350100M000100Y44"),
            (organisation_code, "D2143569X", "D21435690"),
            (taiwan_business, "04595257", "04595253"),
            (taiwan_id, "A123456789", "A123456788"),
            (taiwan_id, "A800000014", "A800000015"),
            (taiwan_residence_old, "FA12345689", "FA12345688"),
            (hong_kong_id, "G123456A", "G1234560"),
            (vehicle_number, "1M8GDM9AXKP042788", "1M8GDM9A1KP042788"),
            (device_number, "490154203237518", "490154203237519"),
            (iban, "DE89370400440532013000", "DE88370400440532013000"),
            (payment_card, "4242424242424242", "4242424242424241"),
        ];
        for (check, right, wrong) in cases {
            assert!(check(right.as_bytes()), "{right}");
            assert!(!check(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_day_that_never_was_makes_no_identity_card() {
        assert!(!resident_id_shape(b"110105199013071234"));
        assert!(!resident_id_shape(b"110105199002301234"));
        assert!(resident_id_15(b"110105491231002"));
        assert!(!resident_id_15(b"990105491231002"));
    }

    #[test]
    fn nothing_but_numbers_of_the_right_length_is_judged() {
        let checks: &[fn(&[u8]) -> bool] = &[
            mod_11_2,
            resident_id_18,
            resident_id_15,
            unified_credit_code,
            organisation_code,
            taiwan_business,
            taiwan_id,
            taiwan_residence_old,
            hong_kong_id,
            macau_id,
            vehicle_number,
            device_number,
            iban,
            us_social_security,
            payment_card,
            foreign_residence_old,
        ];
        for check in checks {
            for text in ["", "0", "A", "\u{7F}\u{0}", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
                assert!(!check(text.as_bytes()), "{text:?}");
            }
        }
    }
}
