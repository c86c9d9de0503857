//! One-time passwords (TOTP, RFC 6238): HMAC-SHA-1, six digits, thirty seconds, which is what
//! every authenticator reads. One step of clock error is forgiven; no code counts twice.
//!
//! HMAC-SHA-1 comes from `ring`, which the archive has already; the broken part of SHA-1
//! (collisions) plays no role in HMAC (RFC 6238 §5.1, RFC 6194 §3.3).

use ring::hmac;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

use super::base32;
use crate::base::entropy::Entropy;
use crate::base::moment::Moment;
use crate::base::secret::{SecretBytes, SecretKey};

/// Seconds of one step.
pub const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes are taken (RFC 6238 §5.2).
pub const STEPS_FORGIVEN: i64 = 1;

/// The secret that an authenticator shares with the archive.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(SecretKey<20>);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// The number of a step since 1970. Kept for each user: only later steps count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotpStep(pub i64);

/// A code as typed: six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TotpCode(u32);

impl std::fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Why a code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTotp {
    /// Not six digits.
    #[error("a code has six digits")]
    Form,
    /// Not the code of this or a neighbouring step.
    #[error("the code is wrong or too old")]
    Wrong,
    /// Right, but used before.
    #[error("the code was used already")]
    Replayed,
}

impl TotpCode {
    /// Reads six digits; blanks between them are forgiven, full-width digits too.
    pub fn parse(text: &str) -> Result<Self, BadTotp> {
        let folded = crate::base::text::fold(text);
        let digits: Vec<char> = folded.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 {
            return Err(BadTotp::Form);
        }
        let number =
            digits.iter().try_fold(0_u32, |number, c| c.to_digit(10).map(|digit| number * 10 + digit));
        number.map(Self).ok_or(BadTotp::Form)
    }
}

impl TotpSecret {
    /// A fresh secret of 160 bits (RFC 4226 §4 R6).
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(SecretKey::generate(entropy))
    }

    /// From its twenty bytes, as they were sealed.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        SecretKey::from_slice(bytes).map(Self)
    }

    /// The twenty bytes, for sealing.
    pub fn expose(&self) -> &[u8; 20] {
        self.0.expose()
    }

    /// The text that people type into an authenticator.
    pub fn to_text(&self) -> SecretBytes {
        SecretBytes::new(base32::encode(self.0.expose()).into_bytes())
    }

    /// The `otpauth:` address for a QR picture. The account is percent-encoded.
    pub fn to_address(&self, account: &str) -> SecretBytes {
        let text = self.to_text();
        let secret = text.expose_text().unwrap_or_default();
        SecretBytes::new(
            format!("otpauth://totp/Muniment:{}?secret={secret}&issuer=Muniment", percent(account))
                .into_bytes(),
        )
    }

    /// Checks a code at `now`. `last` is the step whose code this user used last. On success the
    /// step is returned and must be written down before anything else is done.
    pub fn verify(&self, code: TotpCode, last: Option<TotpStep>, now: Moment) -> Result<TotpStep, BadTotp> {
        let present = now.micros().div_euclid(STEP_SECONDS * 1_000_000);
        let mut found = -1_i64;
        // All steps are compared, whichever fits: the time taken says nothing.
        for step in present - STEPS_FORGIVEN..=present + STEPS_FORGIVEN {
            let fits = self.code(step).ct_eq(&code.0);
            found = i64::conditional_select(&found, &step, fits);
        }
        match found {
            -1 => Err(BadTotp::Wrong),
            step if last.is_some_and(|last| step <= last.0) => Err(BadTotp::Replayed),
            step => Ok(TotpStep(step)),
        }
    }

    fn code(&self, step: i64) -> u32 {
        truncate(self.0.expose(), step) % 1_000_000
    }
}

/// HOTP's dynamic truncation (RFC 4226 §5.3).
fn truncate(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = tag.as_ref().last().map_or(0, |last| usize::from(last & 15));
    tag.as_ref()
        .get(offset..offset + 4)
        .into_iter()
        .flatten()
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
        & 0x7fff_ffff
}

fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&crate::base::digest::to_hex(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    fn rfc_secret() -> TotpSecret {
        TotpSecret::from_slice(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_micros(0).plus_seconds(seconds)
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        for (seconds, eight_digits) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000_i64, 65_353_130),
        ] {
            assert_eq!(truncate(b"12345678901234567890", seconds / 30) % 100_000_000, eight_digits);
        }
    }

    #[test]
    fn one_step_of_clock_error_is_forgiven_and_no_more() {
        let secret = rfc_secret();
        let code = TotpCode(secret.code(1000));
        for (step, fits) in [(998, false), (999, true), (1000, true), (1001, true), (1002, false)] {
            assert_eq!(secret.verify(code, None, at(step * 30)).is_ok(), fits, "step {step}");
        }
    }

    #[test]
    fn a_code_counts_once() {
        let secret = rfc_secret();
        let code = TotpCode::parse("287 082").unwrap();
        let used = secret.verify(code, None, at(59)).unwrap();
        assert_eq!(used, TotpStep(1));
        assert_eq!(secret.verify(code, Some(used), at(60)), Err(BadTotp::Replayed));
        let next = TotpCode(secret.code(2));
        assert_eq!(secret.verify(next, Some(used), at(60)), Ok(TotpStep(2)));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(TotpCode::parse("２８７ ０８２"), TotpCode::parse("287082"));
        for text in ["", "28708", "2870822", "28708a", "-87082", "٢٨٧٠٨٢"] {
            assert_eq!(TotpCode::parse(text), Err(BadTotp::Form), "{text}");
        }
    }

    #[test]
    fn the_address_names_the_account_and_the_secret() {
        let secret = rfc_secret();
        assert_eq!(
            secret.to_address("王 a").expose_text(),
            Some(
                "otpauth://totp/Muniment:%E7%8E%8B%20a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Muniment"
            )
        );
        assert_eq!(format!("{:?}", TotpSecret::generate(&SeededEntropy::new(3))), "[withheld]");
    }
}
