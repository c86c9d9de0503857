//! Opens what is sealed about a version: its keys and its descriptor.

use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::record::descriptor::Descriptor;
use crate::seal::cell;
use crate::seal::commitment::commit;
use crate::seal::{Keyring, VersionKeys};
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::versions::VersionRow;

use super::cells;
use super::refusal::{Refusal, Thing};
use super::version::{descriptor_context, version_part};

/// The keys of a version.
pub(super) fn version_keys(
    keys: &Keyring,
    conn: &mut Conn,
    record: RecordId,
    version: u32,
) -> Result<VersionKeys, Refusal> {
    let row = cell_rows::get(conn, &record.to_string(), &version_part(version))?
        .ok_or(Refusal::Damaged(Thing::Record))?;
    Ok(VersionKeys::parse(cells::open(keys, &row, Thing::Record)?.expose())?)
}

/// Opens a version's descriptor and checks it against its commitment.
pub(super) fn open(version_keys: &VersionKeys, row: &VersionRow) -> Result<Descriptor, Refusal> {
    let damaged = Refusal::Damaged(Thing::Record);
    let context = descriptor_context(row.record_id, row.version);
    let Ok(plain) = cell::open_under(&version_keys.key, &context, &row.descriptor) else {
        return Err(damaged);
    };
    let commitment = commit(&version_keys.commitment_key, Digest::of(plain.expose())).digest();
    if commitment != row.descriptor_commitment {
        return Err(damaged);
    }
    Descriptor::from_bytes(plain.expose()).map_err(|_| damaged)
}

/// The name under which component `ordinal` came, or one made of its number.
pub(super) fn file_name(descriptor: &Descriptor, ordinal: u32) -> String {
    let name = usize::try_from(ordinal).ok().and_then(|index| descriptor.original_names.get(index));
    name.map_or_else(|| format!("component-{}", ordinal + 1), |name| name.as_str().to_owned())
}
