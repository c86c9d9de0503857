//! A tree of values, read from TOML (with places) or from JSON (without): a policy file, its canonical
//! form and an explanation are taken apart by one reader.

use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value, and the bytes of the file in which it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Option<Range<usize>>,
    pub(crate) value: Value,
}

/// What a node holds. Dates are texts; fractions and nulls are nothing that anybody reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<Member>),
    Other,
}

/// A named value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) span: Option<Range<usize>>,
    pub(crate) node: Node,
}

/// What the reader of TOML found wrong, and where.
pub(crate) struct Syntax {
    pub(crate) span: Option<Range<usize>>,
    pub(crate) reason: String,
}

impl Node {
    /// Reads TOML as far as it can be read, with every fault of its syntax.
    pub(crate) fn of_toml(text: &str) -> (Self, Vec<Syntax>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let faults =
            errors.into_iter().map(|error| Syntax { span: error.span(), reason: error.message().to_owned() });
        (Self { span: None, value: table(root.into_inner()) }, faults.collect())
    }

    /// From JSON.
    pub(crate) fn of_json(json: &Json) -> Self {
        let value = match json {
            Json::Null => Value::Other,
            Json::Bool(yes) => Value::Bool(*yes),
            Json::Number(number) => number.as_i64().map_or(Value::Other, Value::Integer),
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::List(items.iter().map(Self::of_json).collect()),
            Json::Object(members) => Value::Table(
                members
                    .iter()
                    .map(|(name, member)| Member {
                        name: name.clone(),
                        span: None,
                        node: Self::of_json(member),
                    })
                    .collect(),
            ),
        };
        Self { span: None, value }
    }
}

fn table(table: DeTable<'_>) -> Value {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(name, value)| Member {
            span: Some(name.span()),
            name: name.into_inner().into_owned(),
            node: node(value),
        })
        .collect();
    // In the order of the file.
    members.sort_by_key(|member| member.span.as_ref().map(|span| span.start));
    Value::Table(members)
}

fn node(spanned: Spanned<DeValue<'_>>) -> Node {
    let span = Some(spanned.span());
    let value = match spanned.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Integer)
        }
        DeValue::Float(_) => Value::Other,
        DeValue::Boolean(yes) => Value::Bool(yes),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(node).collect()),
        DeValue::Table(members) => table(members),
    };
    Node { span, value }
}
