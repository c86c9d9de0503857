//! Rows: a plain struct of the archive's types for the other floors, and its stored twin for diesel.

use std::fmt;

use crate::base::canonical;
use crate::base::digest::to_hex;
use crate::store::StoreError;

/// A struct that stands for one row of a table.
pub(in crate::store) trait Row: Sized {
    /// The table's name.
    const TABLE: &'static str;
    /// The twin that diesel reads and writes.
    type Raw;
    /// The stored form.
    fn to_raw(&self) -> Self::Raw;
    /// Reads the stored form.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with table, key and column.
    fn from_raw(raw: Self::Raw) -> Result<Self, StoreError>;
}

/// Reads every row, or says which is corrupt.
pub(in crate::store) fn all<R: Row>(raw: Vec<R::Raw>) -> Result<Vec<R>, StoreError> {
    raw.into_iter().map(R::from_raw).collect()
}

/// Reads the row, if there is one.
pub(in crate::store) fn one<R: Row>(raw: Option<R::Raw>) -> Result<Option<R>, StoreError> {
    raw.map(R::from_raw).transpose()
}

/// The error for a row that holds what this program never writes.
pub(in crate::store) fn corrupt<R: Row>(key: &[KeyPart], column: &str, why: &str) -> StoreError {
    let id = key.iter().map(ToString::to_string).collect::<Vec<_>>().join("/");
    StoreError::Corrupt { table: R::TABLE, id, why: format!("{column}: {why}") }
}

/// Makes the public struct, its stored twin and the way between them. Fields bear their columns' names.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident as $raw:ident in $table:ident by ($($key:ident),+) {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        #[derive(diesel::Queryable, diesel::Selectable, diesel::Insertable)]
        #[diesel(table_name = $crate::store::schema::$table, treat_none_as_default_value = false)]
        pub(in crate::store) struct $raw {
            $(pub(in crate::store) $field: <$type as $crate::store::rows::column::Column>::Raw,)*
        }

        impl $name {
            /// SHA-256 over every column, by which a ledger entry binds the row. A column that holds
            /// nothing is left out, so that a column added later leaves older rows' digests alone.
            pub fn fingerprint(&self) -> $crate::base::digest::Digest {
                $crate::base::digest::Digest::of(&self.canonical())
            }

            /// What is digested, byte for byte.
            pub(in crate::store) fn canonical(&self) -> Vec<u8> {
                use $crate::store::rows::row::{Row as _, canonical_row};
                let raw = self.to_raw();
                canonical_row(stringify!($table), [$((stringify!($field), &raw.$field),)*])
            }
        }

        impl $crate::store::rows::row::Row for $name {
            const TABLE: &'static str = stringify!($table);
            type Raw = $raw;

            fn to_raw(&self) -> $raw {
                use $crate::store::rows::column::Column as _;
                $raw { $($field: self.$field.to_raw(),)* }
            }

            fn from_raw(raw: $raw) -> Result<Self, $crate::store::StoreError> {
                use $crate::store::rows::{column::Column, row::{IntoKeyPart as _, corrupt}};
                // Fields are moved out one by one below; the key is kept for an error.
                let key = [$(raw.$key.clone().into_key_part(),)+];
                Ok(Self {
                    $($field: <$type as Column>::from_raw(raw.$field)
                        .map_err(|why| corrupt::<Self>(&key, stringify!($field), &why))?,)*
                })
            }
        }
    };
}
pub(in crate::store) use row;

/// The table's name and the columns that hold something, in canonical JSON:
/// `{"table":{"column":value,…}}`. Written out by hand, since each capture needs a dozen of them.
pub(in crate::store) fn canonical_row<const N: usize>(
    table: &str,
    mut columns: [(&'static str, &dyn Plain); N],
) -> Vec<u8> {
    // Names of columns are ASCII: the order of bytes is the order that RFC 8785 asks for.
    columns.sort_unstable_by_key(|(name, _)| *name);
    let mut json = Vec::with_capacity(512);
    json.extend_from_slice(b"{\"");
    json.extend_from_slice(table.as_bytes());
    json.extend_from_slice(b"\":{");
    let mut first = true;
    for (name, column) in columns.into_iter().filter(|(_, column)| column.holds()) {
        json.extend_from_slice(if first { b"\"" } else { b",\"" });
        json.extend_from_slice(name.as_bytes());
        json.extend_from_slice(b"\":");
        column.write(&mut json);
        first = false;
    }
    json.extend_from_slice(b"}}");
    json
}

/// A stored value as canonical JSON writes it.
pub(in crate::store) trait Plain {
    /// False for a column that holds nothing.
    fn holds(&self) -> bool {
        true
    }
    /// Appends the value.
    fn write(&self, json: &mut Vec<u8>);
}

impl Plain for String {
    fn write(&self, json: &mut Vec<u8>) {
        canonical::write_text(self, json);
    }
}

impl Plain for i64 {
    fn write(&self, json: &mut Vec<u8>) {
        // As text: canonical JSON keeps whole numbers only within ±2⁵³.
        canonical::write_text(&self.to_string(), json);
    }
}

impl Plain for bool {
    fn write(&self, json: &mut Vec<u8>) {
        json.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Plain for Vec<u8> {
    fn write(&self, json: &mut Vec<u8>) {
        json.push(b'"');
        json.extend_from_slice(to_hex(self).as_bytes());
        json.push(b'"');
    }
}

impl<T: Plain> Plain for Option<T> {
    fn holds(&self) -> bool {
        self.is_some()
    }

    fn write(&self, json: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write(json);
        }
    }
}

/// A part of a key, kept to be named in an error.
pub(in crate::store) enum KeyPart {
    /// An id or a word.
    Text(String),
    /// A number.
    Number(i64),
    /// A token or hash, named in hexadecimal.
    Bytes(Vec<u8>),
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bytes(bytes) => f.write_str(&to_hex(bytes)),
        }
    }
}

/// What can be part of a key.
pub(in crate::store) trait IntoKeyPart {
    /// As it is kept.
    fn into_key_part(self) -> KeyPart;
}

impl IntoKeyPart for String {
    fn into_key_part(self) -> KeyPart {
        KeyPart::Text(self)
    }
}

impl IntoKeyPart for i64 {
    fn into_key_part(self) -> KeyPart {
        KeyPart::Number(self)
    }
}

impl IntoKeyPart for Vec<u8> {
    fn into_key_part(self) -> KeyPart {
        KeyPart::Bytes(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn a_row_is_digested_as_its_canonical_json(
            text: String, number: i64, flag: bool, bytes: Vec<u8>, absent: Option<String>, other: Option<Vec<u8>>,
        ) {
            let mut row = json!({
                "text": text, "number": number.to_string(), "flag": flag, "bytes": to_hex(&bytes),
            });
            if let Some(text) = &absent {
                row["absent"] = json!(text);
            }
            if let Some(bytes) = &other {
                row["a_number"] = json!(to_hex(bytes));
            }
            let whole = json!({"table": row});
            let columns: [(&'static str, &dyn Plain); 6] = [
                ("text", &text), ("number", &number), ("flag", &flag), ("bytes", &bytes), ("absent", &absent),
                ("a_number", &other),
            ];
            prop_assert_eq!(canonical_row("table", columns), canonical::to_bytes(&whole));
        }
    }
}
