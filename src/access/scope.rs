//! How far a permission reaches, and how much it shows.

/// Over which things a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Over nothing.
    None,
    /// Over what the actor made: own captures, own drafts, the own account.
    Own,
    /// Over the cases and matters granted to the actor, and what lies in them.
    Granted,
    /// Over both of these.
    OwnOrGranted,
    /// Over what names the actor as reviewer, approver or witness.
    Assigned,
    /// Over what the actor asked for and what waits for the actor.
    OwnOrAssigned,
    /// Over cases and matters granted, and what names the actor as approver.
    GrantedOrAssigned,
    /// Over everything of that kind.
    All,
}

impl Scope {
    /// True if things the actor made are inside.
    pub const fn own(self) -> bool {
        match self {
            Self::Own | Self::OwnOrGranted | Self::OwnOrAssigned | Self::All => true,
            Self::None | Self::Granted | Self::Assigned | Self::GrantedOrAssigned => false,
        }
    }

    /// True if things in granted cases and matters are inside.
    pub const fn granted(self) -> bool {
        match self {
            Self::Granted | Self::OwnOrGranted | Self::GrantedOrAssigned | Self::All => true,
            Self::None | Self::Own | Self::Assigned | Self::OwnOrAssigned => false,
        }
    }

    /// True if things that name the actor as reviewer, approver or witness are inside.
    pub const fn assigned(self) -> bool {
        match self {
            Self::Assigned | Self::OwnOrAssigned | Self::GrantedOrAssigned | Self::All => true,
            Self::None | Self::Own | Self::Granted | Self::OwnOrGranted => false,
        }
    }

    /// The word in the printed matrix.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Own => "own",
            Self::Granted => "granted",
            Self::OwnOrGranted => "own+granted",
            Self::Assigned => "assigned",
            Self::OwnOrAssigned => "own+assigned",
            Self::GrantedOrAssigned => "granted+assigned",
            Self::All => "all",
        }
    }
}

/// How much of a thing is shown. Ordered: more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Opaque ids, kinds, dates, sizes, states and counts: nothing that was sealed.
    Facts,
    /// Words too, with personal information masked.
    Redacted,
    /// As it was captured.
    Full,
}

impl Level {
    /// The word in the printed matrix and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Redacted => "redacted",
            Self::Full => "full",
        }
    }
}

/// One cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Over which things.
    pub scope: Scope,
    /// How much of them; without meaning where the scope is [`Scope::None`].
    pub level: Level,
}
