//! Session and API tokens: 256 random bits with a prefix that says what they are (and lets
//! secret scanners find them) and a checksum that tells a typing error from a wrong token.
//! The archive keeps SHA-256 of the text; the text is shown once.

use std::collections::BTreeSet;
use std::fmt;

use super::base32;
use super::permission::{Action, Resource};
use crate::base::digest::Digest;
use crate::base::entropy::Entropy;
use crate::base::moment::Moment;
use crate::base::secret::{SecretBytes, SecretKey};

const CHECK_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// One browser's or terminal's log-in.
    Session,
    /// A program's access, made by its owner.
    Api,
}

impl TokenKind {
    /// The characters before the secret.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "mun_s_",
            Self::Api => "mun_t_",
        }
    }
}

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Neither prefix.
    #[error("a token begins with mun_s_ or mun_t_")]
    Prefix,
    /// Not as many letters and digits as a token has.
    #[error("a token is incomplete or has characters that do not belong to it")]
    Form,
    /// The checksum does not fit: mistyped or cut.
    #[error("a token's checksum does not fit")]
    Checksum,
}

/// A token as its bearer holds it.
pub struct BearerToken {
    kind: TokenKind,
    secret: SecretKey<SECRET_BYTES>,
}

/// What the archive keeps of a token. Equal hashes are equal tokens; nothing leads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(Digest);

impl BearerToken {
    /// A fresh one.
    pub fn generate(kind: TokenKind, entropy: &dyn Entropy) -> Self {
        Self { kind, secret: SecretKey::generate(entropy) }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let (kind, rest) = [TokenKind::Session, TokenKind::Api]
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)))
            .ok_or(BadToken::Prefix)?;
        // One spelling only: lower case, as it was shown.
        if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(BadToken::Form);
        }
        let bytes = SecretBytes::new(base32::decode(rest).ok_or(BadToken::Form)?);
        let (secret, check) = bytes.expose().split_at_checked(SECRET_BYTES).ok_or(BadToken::Form)?;
        let secret = SecretKey::from_slice(secret).ok_or(BadToken::Form)?;
        if check.len() != CHECK_BYTES {
            return Err(BadToken::Form);
        }
        if check != checksum(kind, &secret) {
            return Err(BadToken::Checksum);
        }
        Ok(Self { kind, secret })
    }

    /// What it is for.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The text to hand to the bearer, once.
    pub fn to_text(&self) -> SecretBytes {
        let mut bytes = Vec::with_capacity(SECRET_BYTES + CHECK_BYTES);
        bytes.extend_from_slice(self.secret.expose());
        bytes.extend_from_slice(&checksum(self.kind, &self.secret));
        let bytes = SecretBytes::new(bytes);
        let encoded = SecretBytes::new(base32::encode(bytes.expose()).to_ascii_lowercase().into_bytes());
        SecretBytes::new([self.kind.prefix().as_bytes(), encoded.expose()].concat())
    }

    /// What the archive keeps and looks it up by. The prefix is hashed too, so that a session
    /// never passes for an API token. A plain hash is enough: nobody guesses 256 bits.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Digest::of(self.to_text().expose()))
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

impl TokenHash {
    /// As stored.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn to_digest(self) -> Digest {
        self.0
    }
}

fn checksum(kind: TokenKind, secret: &SecretKey<SECRET_BYTES>) -> [u8; CHECK_BYTES] {
    let text = SecretBytes::new([b"muniment/check/v1", kind.prefix().as_bytes(), secret.expose()].concat());
    let digest = Digest::of(text.expose());
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

/// One thing a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenScope {
    /// All that the owner may, except approving and witnessing: `*`.
    Everything,
    /// All actions on one resource, except approving and witnessing: `record:*`.
    Every(Resource),
    /// One action on one resource: `record:create`.
    One(Resource, Action),
}

/// What a token may be used for; never more than its owner may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenScopes(BTreeSet<TokenScope>);

/// Why a text names no scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScopes {
    /// No scope at all: such a token would be good for nothing.
    #[error("a token needs at least one scope")]
    None,
    /// Not of the form `resource:action`, or of words that are in no row of the matrix.
    #[error("no such scope: {0}")]
    Unknown(String),
}

impl TokenScopes {
    /// Reads scopes separated by blanks: `record:create case:read`, `record:*`, `*`.
    pub fn parse(text: &str) -> Result<Self, BadScopes> {
        let scopes: BTreeSet<TokenScope> = text
            .split_whitespace()
            .map(|word| scope(word).ok_or_else(|| BadScopes::Unknown(word.to_owned())))
            .collect::<Result<_, _>>()?;
        if scopes.is_empty() { Err(BadScopes::None) } else { Ok(Self(scopes)) }
    }

    /// The text form, sorted: what is stored.
    pub fn to_text(&self) -> String {
        let words: Vec<String> = self
            .0
            .iter()
            .map(|scope| match scope {
                TokenScope::Everything => "*".to_owned(),
                TokenScope::Every(resource) => format!("{}:*", resource.as_str()),
                TokenScope::One(resource, action) => format!("{}:{}", resource.as_str(), action.as_str()),
            })
            .collect();
        words.join(" ")
    }

    /// True if the token may be used for this. Approving and witnessing are a person's acts: a
    /// token does them only if its owner wrote so in as many words.
    pub fn allow(&self, resource: Resource, action: Action) -> bool {
        let a_persons_act = matches!(action, Action::Approve | Action::Witness);
        self.0.iter().any(|scope| match scope {
            TokenScope::Everything => !a_persons_act,
            TokenScope::Every(named) => *named == resource && !a_persons_act,
            TokenScope::One(named, verb) => *named == resource && *verb == action,
        })
    }
}

fn scope(word: &str) -> Option<TokenScope> {
    if word == "*" {
        return Some(TokenScope::Everything);
    }
    let (resource, action) = word.split_once(':')?;
    let resource = Resource::parse(resource).ok()?;
    if action == "*" {
        return Some(TokenScope::Every(resource));
    }
    let action = Action::parse(action).ok()?;
    super::permission::find(resource, action).map(|row| TokenScope::One(row.resource, row.action))
}

/// The life of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLife {
    /// From this instant on it is refused; `None` for a feed's token without end.
    pub expires_at: Option<Moment>,
    /// When it was withdrawn, if it was.
    pub revoked_at: Option<Moment>,
}

/// Why a token that is known is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeadToken {
    /// Withdrawn.
    #[error("the token was withdrawn")]
    Revoked,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

impl TokenLife {
    /// May it be used at `now`? A withdrawal holds whatever instant it bears: clocks jump.
    pub fn check(self, now: Moment) -> Result<(), DeadToken> {
        match self {
            Self { revoked_at: Some(_), .. } => Err(DeadToken::Revoked),
            Self { expires_at: Some(end), .. } if end <= now => Err(DeadToken::Expired),
            Self { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;

    fn text_of(token: &BearerToken) -> String {
        token.to_text().expose_text().unwrap().to_owned()
    }

    #[test]
    fn a_token_is_read_back_and_known_by_its_hash() {
        for kind in [TokenKind::Session, TokenKind::Api] {
            let token = BearerToken::generate(kind, &SeededEntropy::new(7));
            let text = text_of(&token);
            assert_eq!(text.len(), 64, "{text}");
            let read = BearerToken::parse(&text).unwrap();
            assert_eq!((read.kind(), read.hash()), (kind, token.hash()));
            assert_eq!(token.hash().to_digest(), Digest::of(text.as_bytes()));
        }
    }

    #[test]
    fn the_form_of_a_token_does_not_change() {
        // Golden, computed with Python's hashlib and base64: scripts hold tokens for years.
        let token = BearerToken { kind: TokenKind::Api, secret: SecretKey::take(&mut [0x5a; 32]) };
        assert_eq!(text_of(&token), "mun_t_ljnfuws2ljnfuws2ljnfuws2ljnfuws2ljnfuws2ljnfuws2ljnmxpizme");
    }

    #[test]
    fn any_one_character_changed_is_noticed() {
        let text = text_of(&BearerToken::generate(TokenKind::Api, &SeededEntropy::new(8)));
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            assert!(BearerToken::parse(std::str::from_utf8(&wrong).unwrap()).is_err(), "at {at}");
        }
        assert!(BearerToken::parse(&text.to_uppercase()).is_err());
        assert!(BearerToken::parse(text.get(..63).unwrap()).is_err());
        assert!(BearerToken::parse("").is_err());
        assert!(BearerToken::parse("mun_t_").is_err());
    }

    #[test]
    fn a_session_never_passes_for_an_api_token() {
        let session = text_of(&BearerToken::generate(TokenKind::Session, &SeededEntropy::new(9)));
        let renamed = session.replacen("mun_s_", "mun_t_", 1);
        assert_eq!(BearerToken::parse(&renamed).map(|token| token.kind()), Err(BadToken::Checksum));
    }

    #[test]
    fn a_token_does_not_show_itself() {
        let token = BearerToken::generate(TokenKind::Api, &SeededEntropy::new(1));
        assert_eq!(format!("{token:?} {:?}", token.to_text()), "[withheld] [withheld]");
    }

    #[test]
    fn scopes_name_rows_of_the_matrix_and_nothing_else() {
        let scopes = TokenScopes::parse(" record:create  case:* ").unwrap();
        assert_eq!(scopes.to_text(), "case:* record:create");
        assert_eq!(TokenScopes::parse(&scopes.to_text()), Ok(scopes.clone()));
        assert!(scopes.allow(Resource::Record, Action::Create));
        assert!(scopes.allow(Resource::Case, Action::Change));
        assert!(!scopes.allow(Resource::Record, Action::Read));
        assert_eq!(TokenScopes::parse("  "), Err(BadScopes::None));
        for word in ["record", "record:", "record:destroy", "*:read", "Record:create", "record:create:x"] {
            assert_eq!(TokenScopes::parse(word), Err(BadScopes::Unknown(word.to_owned())), "{word}");
        }
    }

    #[test]
    fn a_token_approves_only_where_its_owner_wrote_so() {
        let everything = TokenScopes::parse("* hold:*").unwrap();
        assert!(everything.allow(Resource::Hold, Action::Release));
        assert!(!everything.allow(Resource::Hold, Action::Approve));
        assert!(!everything.allow(Resource::Disposition, Action::Witness));
        assert!(TokenScopes::parse("hold:approve").unwrap().allow(Resource::Hold, Action::Approve));
    }

    #[test]
    fn a_token_lives_until_its_end_unless_withdrawn() {
        let end = Moment::from_micros(1_000);
        let life = TokenLife { expires_at: Some(end), revoked_at: None };
        assert_eq!(life.check(Moment::from_micros(999)), Ok(()));
        assert_eq!(life.check(end), Err(DeadToken::Expired));
        let withdrawn = TokenLife { expires_at: None, revoked_at: Some(end) };
        assert_eq!(withdrawn.check(Moment::from_micros(0)), Err(DeadToken::Revoked));
    }
}
