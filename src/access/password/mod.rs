//! Passwords: which are taken, how they are kept, how they are compared.
//!
//! Argon2id with 64 MiB, three passes, one lane. One computation holds
//! 64 MiB for about a fifth of a second: the gate that lets at most two run at once stands above
//! this module, where threads are.

mod common;

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization as _;

use crate::base::entropy::{Entropy, draw};
use crate::base::secret::SecretBytes;
use crate::base::text;

/// Characters a password has at most.
pub use crate::base::limits::PASSWORD_CHARS_MAX;
/// Characters a password has at least.
pub use crate::base::limits::PASSWORD_CHARS_MIN;
/// Computations that may run at once, by the memory that each takes; kept by the caller.
pub const HASHES_AT_ONCE: usize = 2;

const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;
/// What a stored hash may cost at most: it was sealed, yet a mistaken one must not eat the machine.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
const PASSES_MAX: u32 = 10;

/// Compared where no such user exists, so that unknown names take as long as known ones. The
/// salt and the tag were drawn at random: no password is known for it, and a match would not count.
const NOBODY: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$kQ2/9afdhpvpmC7/MeCO2w$fmguEPb3bLpEYVmQTfgccPdZ+JFPsiNSU9ybYw7KtYs";

/// A password that may be set.
pub struct Password(SecretBytes);

/// A password as typed at the log-in: any text up to the limit.
pub struct TypedPassword(SecretBytes);

/// Why a text cannot be a password. None of them repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too short.
    #[error("it has {chars} characters; at least {PASSWORD_CHARS_MIN} are needed")]
    TooShort {
        /// Characters found.
        chars: usize,
    },
    /// Too long.
    #[error("it has more than {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    /// A control character, which another keyboard may not produce again.
    #[error("character {position} is a control character (U+{code:04X})")]
    Control {
        /// 1-based position, in characters.
        position: usize,
        /// The character's code point.
        code: u32,
    },
    /// It contains the user's name or a word known from the account.
    #[error("it contains the user name")]
    ContainsName,
    /// It is made of passwords and rows that everybody tries first.
    #[error("it is one of the passwords that are tried first")]
    Common,
    /// It is the password that it should replace.
    #[error("it is the present password")]
    Present,
}

/// Why hashing or comparing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// The stored text is no Argon2id hash within the limits.
    #[error("the stored password hash is damaged")]
    Damaged,
    /// Not enough memory for the computation.
    #[error("no memory to compute a password hash")]
    NoMemory,
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is the password.
    Yes,
    /// It is, but the hash was made with other costs: hash it anew and store it.
    YesHashAnew,
    /// It is not, or there is no such user.
    No,
}

impl Password {
    /// Takes a text as a new password. `names` are the user's name and display name.
    pub fn parse(typed: &str, names: &[&str]) -> Result<Self, BadPassword> {
        let taken = TypedPassword::parse(typed)?;
        let chars = taken.0.expose_text().unwrap_or_default().chars().count();
        if chars < PASSWORD_CHARS_MIN {
            return Err(BadPassword::TooShort { chars });
        }
        let folded = SecretBytes::new(text::fold(typed).into_bytes());
        let folded = folded.expose_text().unwrap_or_default();
        let contains = |name: &&str| {
            let name = text::fold(name);
            // Names of one or two letters are in half of all passwords.
            name.chars().count() >= 3 && folded.contains(&name)
                || name.chars().any(text::is_han) && name.chars().count() >= 2 && folded.contains(&name)
        };
        if names.iter().any(contains) {
            return Err(BadPassword::ContainsName);
        }
        if common::is_common(folded) { Err(BadPassword::Common) } else { Ok(Self(taken.0)) }
    }

    /// The PHC string to seal into the user's profile. Takes about 0.2 s and 64 MiB.
    pub fn hash(&self, entropy: &dyn Entropy) -> Result<String, PasswordFault> {
        let salt: [u8; 16] = draw(entropy);
        let hash: PasswordHash = present_costs()?
            .hash_password_with_salt(self.0.expose(), &salt)
            .map_err(|_| PasswordFault::NoMemory)?;
        Ok(hash.to_string())
    }
}

impl TypedPassword {
    /// Takes a text as typed. The same characters typed with another input method are the same
    /// password (NFKC, as NIST SP 800-63B §5.1.1.2 advises).
    pub fn parse(typed: &str) -> Result<Self, BadPassword> {
        if typed.chars().nth(PASSWORD_CHARS_MAX).is_some() {
            return Err(BadPassword::TooLong);
        }
        if let Some((at, c)) = typed.chars().enumerate().find(|(_, c)| c.is_control()) {
            return Err(BadPassword::Control { position: at + 1, code: c as u32 });
        }
        Ok(Self(SecretBytes::new(typed.nfkc().collect::<String>().into_bytes())))
    }

    /// Compares with the hash of the user of that name, or, where there is none, with a hash
    /// that nothing matches, for as long. Takes about 0.2 s and 64 MiB.
    pub fn compare(&self, stored: Option<&str>) -> Result<Match, PasswordFault> {
        let hash = PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(|_| PasswordFault::Damaged)?;
        let params = Params::try_from(&hash).map_err(|_| PasswordFault::Damaged)?;
        if hash.algorithm.as_str() != "argon2id"
            || params.m_cost() > MEMORY_KIB_MAX
            || params.t_cost() > PASSES_MAX
            || params.p_cost() > LANES
        {
            return Err(PasswordFault::Damaged);
        }
        let same = match present_costs()?.verify_password(self.0.expose(), &hash) {
            Ok(()) => true,
            Err(argon2::password_hash::Error::PasswordInvalid) => false,
            Err(argon2::password_hash::Error::OutOfMemory) => return Err(PasswordFault::NoMemory),
            Err(_) => return Err(PasswordFault::Damaged),
        };
        let as_now = params.m_cost() == MEMORY_KIB && params.t_cost() == PASSES;
        Ok(match (same && stored.is_some(), as_now) {
            (true, true) => Match::Yes,
            (true, false) => Match::YesHashAnew,
            (false, _) => Match::No,
        })
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

fn present_costs() -> Result<Argon2<'static>, PasswordFault> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).map_err(|_| PasswordFault::NoMemory)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    fn set(text: &str) -> Result<(), BadPassword> {
        Password::parse(text, &["wang.fang", "王芳"]).map(|_| ())
    }

    #[test]
    fn a_password_is_found_again_and_no_other_is() {
        let hash =
            Password::parse("茶壶 lantern 47 harbour", &[]).unwrap().hash(&SeededEntropy::new(1)).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{hash}");
        // Full-width digits are the same digits typed with another input method.
        for typed in ["茶壶 lantern 47 harbour", "茶壶 lantern ４７ harbour"] {
            assert_eq!(TypedPassword::parse(typed).unwrap().compare(Some(&hash)), Ok(Match::Yes));
        }
        let other = TypedPassword::parse("茶壶 lantern 48 harbour").unwrap();
        assert_eq!(other.compare(Some(&hash)), Ok(Match::No));
    }

    #[test]
    fn an_unknown_name_is_compared_at_full_cost_and_never_matches() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!(nobody.hash.unwrap().len(), HASH_BYTES);
        assert_eq!(TypedPassword::parse("whatever it is").unwrap().compare(None), Ok(Match::No));
    }

    #[test]
    fn a_hash_of_other_costs_is_made_anew() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, Some(32)).unwrap());
        let hash: PasswordHash = cheap.hash_password_with_salt(b"old password", b"0123456789abcdef").unwrap();
        let typed = TypedPassword::parse("old password").unwrap();
        assert_eq!(typed.compare(Some(&hash.to_string())), Ok(Match::YesHashAnew));
    }

    #[test]
    fn a_damaged_hash_is_an_error_and_not_a_wrong_password() {
        let typed = TypedPassword::parse("old password").unwrap();
        for stored in [
            "",
            "plain",
            "$argon2i$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=4194304,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(typed.compare(Some(stored)), Err(PasswordFault::Damaged), "{stored}");
        }
    }

    #[test]
    fn twelve_characters_are_counted_as_people_count() {
        assert_eq!(set("一二三四五六七八九十甲"), Err(BadPassword::TooShort { chars: 11 }));
        assert_eq!(set("春眠不觉晓处处闻啼鸟夜来"), Ok(()));
        assert_eq!(set(&"长".repeat(129)), Err(BadPassword::TooLong));
        assert_eq!(set("tab\tis not typed"), Err(BadPassword::Control { position: 4, code: 9 }));
    }

    #[test]
    fn the_own_name_is_no_password() {
        assert_eq!(set("Wang.Fang-2026-xyz"), Err(BadPassword::ContainsName));
        assert_eq!(set("我叫王芳今年四十七歲又半"), Err(BadPassword::ContainsName));
        assert_eq!(Password::parse("a lantern in the fog", &["a", "Li"]).map(|_| ()), Ok(()));
    }

    #[test]
    fn a_password_does_not_show_itself() {
        assert_eq!(format!("{:?}", Password::parse("茶壶 lantern 47 harbour", &[]).unwrap()), "[withheld]");
    }
}
