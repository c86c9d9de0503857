//! Rows: a plain struct of the archive's types for the other floors, and its stored twin for diesel.

use std::fmt;

use serde_json::Value;

use crate::base::canonical;
use crate::base::digest::{Digest, to_hex};
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
                use $crate::store::rows::row::{Plain as _, Row as _, fingerprint};
                let raw = self.to_raw();
                fingerprint(stringify!($table), [$((stringify!($field), raw.$field.to_plain()),)*])
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

/// SHA-256 over the table's name and the columns that hold something, in canonical JSON.
pub(in crate::store) fn fingerprint<const N: usize>(
    table: &str,
    columns: [(&'static str, Option<Value>); N],
) -> Digest {
    let columns = columns.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let row = serde_json::json!({table: Value::Object(columns.collect())});
    Digest::of(&canonical::to_bytes(&row))
}

/// A stored value as JSON writes it; `None` for a column that holds nothing.
pub(in crate::store) trait Plain {
    /// The value.
    fn to_plain(&self) -> Option<Value>;
}

impl Plain for String {
    fn to_plain(&self) -> Option<Value> {
        Some(Value::from(self.as_str()))
    }
}

impl Plain for i64 {
    fn to_plain(&self) -> Option<Value> {
        // As text: canonical JSON keeps whole numbers only within ±2⁵³.
        Some(Value::from(self.to_string()))
    }
}

impl Plain for bool {
    fn to_plain(&self) -> Option<Value> {
        Some(Value::from(*self))
    }
}

impl Plain for Vec<u8> {
    fn to_plain(&self) -> Option<Value> {
        Some(Value::from(to_hex(self)))
    }
}

impl<T: Plain> Plain for Option<T> {
    fn to_plain(&self) -> Option<Value> {
        self.as_ref().and_then(T::to_plain)
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
