//! What a signature's CMS container (RFC 5652) says of who signed and when.

use encoding_rs::UTF_16BE;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::der::{
    CONTEXT_0, CONTEXT_1, Element, Elements, GENERALIZED_TIME, INTEGER, OBJECT, OCTETS, SEQUENCE, SET,
    UTC_TIME,
};

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0A];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
/// 1.2.840.113549.1.9.5
const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];
/// 1.2.840.113549.1.9.16.2.14
const TIME_STAMP: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x0E];
/// 2.16.840.1.101.3.4.2.x: SHA-256, SHA-384, SHA-512.
const SHA_2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// What the container says. Nothing of it is proven: no chain of certificates is followed.
#[derive(Default)]
pub(crate) struct Container {
    /// Name and organisation in the signer's certificate.
    pub(crate) signer: Option<String>,
    /// Name and organisation of who issued it.
    pub(crate) issuer: Option<String>,
    /// The time that the signer's machine claims, as `2024-05-06T07:08:09Z`.
    pub(crate) claimed_at: Option<String>,
    /// True if a time stamp authority's token is there.
    pub(crate) has_time_stamp: bool,
    /// Whether the digest of the signed bytes is the one in the container; `None` if it was not computed.
    pub(crate) digest_agrees: Option<bool>,
}

/// Reads a container; `signed` are the pieces of the file that it covers. What is no CMS says nothing.
pub(crate) fn read(bytes: &[u8], signed: &[&[u8]]) -> Container {
    container(bytes, signed).unwrap_or_default()
}

fn container(bytes: &[u8], signed: &[&[u8]]) -> Option<Container> {
    let mut info = Elements::of(bytes).read(SEQUENCE)?.inner();
    info.read(OBJECT)?;
    let mut data = info.read(CONTEXT_0)?.inner().read(SEQUENCE)?.inner();
    data.read(INTEGER)?;
    data.read(SET)?;
    data.read(SEQUENCE)?;
    let certificates = data.read(CONTEXT_0).map(Element::inner);
    let revocations = data.read(CONTEXT_1);
    debug_assert!(revocations.is_none_or(|list| list.tag == CONTEXT_1));
    let mut signer = data.read(SET)?.inner().read(SEQUENCE)?.inner();
    signer.read(INTEGER)?;
    let named = signer.read(SEQUENCE).map(Element::inner);
    if named.is_none() {
        signer.next()?;
    }
    let digest = signer.read(SEQUENCE)?.inner().read(OBJECT)?;
    let mut container = Container::default();
    if let Some(attributes) = signer.read(CONTEXT_0) {
        for attribute in attributes.inner() {
            read_attribute(attribute, digest.content, signed, &mut container);
        }
    }
    signer.read(SEQUENCE)?;
    signer.read(OCTETS)?;
    let unsigned = signer.read(CONTEXT_1).map(Element::inner).into_iter().flatten();
    container.has_time_stamp = unsigned
        .filter_map(|attribute| attribute.inner().read(OBJECT))
        .any(|object| object.content == TIME_STAMP);
    let certificate = certificates.and_then(|mut all| match named {
        Some(named) => all.find_map(|one| certificate(one).filter(|read| read.is_named_by(named))),
        None => all.find_map(certificate),
    });
    if let Some(certificate) = certificate {
        container.signer = name(certificate.subject);
        container.issuer = name(certificate.issuer);
    }
    Some(container)
}

fn read_attribute(attribute: Element<'_>, algorithm: &[u8], signed: &[&[u8]], container: &mut Container) {
    let mut inner = attribute.inner();
    let (Some(object), Some(values)) = (inner.read(OBJECT), inner.read(SET)) else { return };
    let Some(value) = values.inner().next() else { return };
    match object.content {
        SIGNING_TIME => container.claimed_at = time(value),
        MESSAGE_DIGEST if value.tag == OCTETS => {
            container.digest_agrees = digest(algorithm, signed).map(|digest| digest == value.content);
        }
        _ => {}
    }
}

fn digest(algorithm: &[u8], signed: &[&[u8]]) -> Option<Vec<u8>> {
    fn all<D: Digest>(signed: &[&[u8]]) -> Vec<u8> {
        let mut hasher = D::new();
        for piece in signed {
            hasher.update(piece);
        }
        hasher.finalize().to_vec()
    }
    match algorithm.strip_prefix(SHA_2)? {
        [1] => Some(all::<Sha256>(signed)),
        [2] => Some(all::<Sha384>(signed)),
        [3] => Some(all::<Sha512>(signed)),
        _ => None,
    }
}

struct Certificate<'a> {
    serial: &'a [u8],
    issuer: Element<'a>,
    subject: Element<'a>,
}

impl Certificate<'_> {
    /// True if issuer and number are those by which the signer is named.
    fn is_named_by(&self, mut named: Elements<'_>) -> bool {
        let issuer = named.read(SEQUENCE).map(|issuer| issuer.whole);
        let serial = named.read(INTEGER).map(|serial| serial.content);
        issuer == Some(self.issuer.whole) && serial == Some(self.serial)
    }
}

fn certificate(element: Element<'_>) -> Option<Certificate<'_>> {
    let mut signed = element.inner().read(SEQUENCE)?.inner();
    signed.read(CONTEXT_0);
    let serial = signed.read(INTEGER)?.content;
    signed.read(SEQUENCE)?;
    let issuer = signed.read(SEQUENCE)?;
    signed.read(SEQUENCE)?;
    let subject = signed.read(SEQUENCE)?;
    Some(Certificate { serial, issuer, subject })
}

/// The common name, and the organisation behind it.
fn name(element: Element<'_>) -> Option<String> {
    let (mut person, mut organisation) = (None, None);
    for part in element.inner().flat_map(Element::inner) {
        let mut inner = part.inner();
        let (Some(object), Some(value)) = (inner.read(OBJECT), inner.next()) else { continue };
        match object.content {
            COMMON_NAME => person = Some(directory_string(value)),
            ORGANISATION => organisation = Some(directory_string(value)),
            _ => {}
        }
    }
    match (person, organisation) {
        (Some(person), Some(organisation)) if person != organisation => {
            Some(format!("{person}, {organisation}"))
        }
        (person, organisation) => person.or(organisation),
    }
}

fn directory_string(value: Element<'_>) -> String {
    const BMP: u8 = 0x1E;
    match value.tag {
        BMP => UTF_16BE.decode_without_bom_handling(value.content).0.into_owned(),
        _ => super::strings::text_string(value.content),
    }
}

/// UTCTime and GeneralizedTime as X.690 restricts them: to the second, in UTC.
fn time(value: Element<'_>) -> Option<String> {
    let digits = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let full = match (value.tag, digits.len()) {
        // RFC 5280, 4.1.2.5.1: years from 50 on belong to the last century.
        (UTC_TIME, 12) => format!("{}{digits}", if digits < "5" { "20" } else { "19" }),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let part = |range: std::ops::Range<usize>| full.get(range).unwrap_or("");
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, length[0], length[1]][..], &content].concat()
    }

    fn named(common: &str, organisation: &str) -> Vec<u8> {
        const UTF_8: u8 = 0x0C;
        let part = |object: &[u8], value: &str| {
            let pair = [element(OBJECT, &[object]), element(UTF_8, &[value.as_bytes()])].concat();
            element(SET, &[&element(SEQUENCE, &[&pair])])
        };
        element(SEQUENCE, &[&part(ORGANISATION, organisation), &part(COMMON_NAME, common)])
    }

    fn signed(message: &[u8]) -> Vec<u8> {
        let empty = element(SEQUENCE, &[]);
        let issuer = named("Test CA", "Test CA");
        let serial = element(INTEGER, &[&[7]]);
        let own =
            element(SEQUENCE, &[&serial, &empty, &issuer, &empty, &named("林佳慧", "示例公司"), &empty]);
        let other =
            element(SEQUENCE, &[&element(INTEGER, &[&[8]]), &empty, &issuer, &empty, &issuer, &empty]);
        let certificates = [element(SEQUENCE, &[&other]), element(SEQUENCE, &[&own])].concat();
        let attribute = |object: &[u8], value: &[u8]| {
            element(SEQUENCE, &[&element(OBJECT, &[object]), &element(SET, &[value])])
        };
        let digest = element(OCTETS, &[&Sha256::digest(message)]);
        let attributes = [
            attribute(SIGNING_TIME, &element(UTC_TIME, &[b"240506070809Z"])),
            attribute(MESSAGE_DIGEST, &digest),
        ]
        .concat();
        let algorithm = element(SEQUENCE, &[&element(OBJECT, &[SHA_2, &[1]])]);
        let signer = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[1]]),
                &element(SEQUENCE, &[&issuer, &serial]),
                &algorithm,
                &element(CONTEXT_0, &[&attributes]),
                &empty,
                &element(OCTETS, &[&[1, 2, 3]]),
                &element(CONTEXT_1, &[&attribute(TIME_STAMP, &empty)]),
            ],
        );
        let data = element(
            SEQUENCE,
            &[
                &element(INTEGER, &[&[1]]),
                &element(SET, &[&algorithm]),
                &empty,
                &element(CONTEXT_0, &[&certificates]),
                &element(SET, &[&signer]),
            ],
        );
        element(SEQUENCE, &[&element(OBJECT, &[&[0x2A]]), &element(CONTEXT_0, &[&data])])
    }

    #[test]
    fn the_signer_is_the_one_whose_certificate_is_named() {
        let container = read(&signed(b"the signed bytes"), &[b"the signed ", b"bytes"]);
        assert_eq!(container.signer.as_deref(), Some("林佳慧, 示例公司"));
        assert_eq!(container.issuer.as_deref(), Some("Test CA"));
        assert_eq!(container.claimed_at.as_deref(), Some("2024-05-06T07:08:09Z"));
        assert!(container.has_time_stamp);
        assert_eq!(container.digest_agrees, Some(true));
        assert_eq!(read(&signed(b"the signed bytes"), &[b"other bytes"]).digest_agrees, Some(false));
    }

    #[test]
    fn what_is_cut_off_or_no_signature_says_nothing_and_does_not_panic() {
        let whole = signed(b"x");
        for end in 0..whole.len() {
            assert_ne!(read(&whole[..end], &[]).digest_agrees, Some(false));
        }
        assert!(read(&[0; 4_000], &[]).signer.is_none());
    }
}
