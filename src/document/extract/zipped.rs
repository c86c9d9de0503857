//! Archives without a text of their own: what is in them.

use super::{Collected, Refused, Source};
use crate::document::package::{Allowance, Package};
use crate::document::sniff::Format;

pub(super) fn take(
    bytes: &[u8],
    format: Format,
    out: &mut Collected,
    allowance: &mut Allowance,
) -> Result<(), Refused> {
    let mut package = Package::open(bytes, format)?;
    for name in package.names() {
        if name.ends_with('/') {
            continue;
        }
        let Some(content) = package.read(&name, allowance)? else { continue };
        out.child(Source { bytes: &content, name: Some(&name), media_type: None }, &name, allowance)?;
    }
    Ok(())
}
