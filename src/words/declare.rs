//! From one list of refusals, with the facts that each carries: the refusals, their stable codes, and what
//! both say of themselves.

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $outcome:ident $({ $($(#[$field_doc:meta])* $field:ident: $kind:ty),+ $(,)? })?;)+) => {
        /// A refusal with its facts.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $kind),+ })?,)+
        }

        crate::base::words::words! {
            /// The stable code of a refusal: the word that clients and scripts see.
            ProblemCode { $($(#[$doc])* $variant = $code,)+ }
        }

        impl Refusal {
            /// Its code.
            pub const fn code(&self) -> ProblemCode {
                match self {
                    $(Self::$variant { .. } => ProblemCode::$variant,)+
                }
            }

            /// Its facts, by the names of the placeholders.
            pub fn facts(&self) -> Facts {
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        vec![$($((stringify!($field), Fact::from($field.clone()))),+)?]
                    })+
                }
            }
        }

        impl ProblemCode {
            /// The placeholders that its words may have.
            pub const fn placeholders(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($(stringify!($field)),+)?],)+
                }
            }

            /// How the command line ends with it.
            pub const fn outcome(self) -> Outcome {
                match self {
                    $(Self::$variant => Outcome::$outcome,)+
                }
            }
        }
    };
}

pub(super) use refusals;
