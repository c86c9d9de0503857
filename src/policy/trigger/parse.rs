//! From tokens to an expression.

use super::lex::{Placed, Token, tokens};
use super::{
    Arguments, Atom, Combine, EventKey, EventType, Expr, MetaPath, Occurrence, TriggerFault, TriggerWhat,
};
use crate::base::limits::TRIGGER_DEPTH_MAX;
use crate::retention::calendar::Period;

/// Events that the archive itself enters when it disposes of a record: a rule that waits for them waits for itself.
const OWN_EVENTS: [&str; 6] =
    ["disposed", "destroyed", "shredded", "transferred", "disposition_reviewed", "appraised"];

/// Dates of the record itself.
const OWN_DATES: [&str; 5] = ["declared", "received", "created", "occurred", "classified"];

const EXPRESSION: &str = "declared, received, created, occurred, classified, meta, event, majority, fiscal_year_end, \
                          calendar_year_end, max, min, all, any";

impl Expr {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first thing that is wrong, with the character at which it stands.
    pub fn parse(text: &str) -> Result<Self, TriggerFault> {
        let (tokens, end) = tokens(text)?;
        let mut rest = Rest { tokens, next: 0, end };
        let expr = rest.expression(0)?;
        match rest.take() {
            None => Ok(expr),
            Some(extra) => Err(unexpected(&extra, "+")),
        }
    }
}

fn unexpected(found: &Placed, expected: &'static str) -> TriggerFault {
    TriggerFault { at: found.at, what: TriggerWhat::Unexpected { found: found.token.shown(), expected } }
}

/// The tokens that are still to be read.
struct Rest {
    tokens: Vec<Placed>,
    next: usize,
    end: usize,
}

impl Rest {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|placed| &placed.token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |placed| placed.at)
    }

    fn take(&mut self) -> Option<Placed> {
        let placed = self.tokens.get(self.next).cloned();
        self.next += usize::from(placed.is_some());
        placed
    }

    fn some(&mut self, expected: &'static str) -> Result<Placed, TriggerFault> {
        self.take().ok_or(TriggerFault { at: self.end, what: TriggerWhat::Ends { expected } })
    }

    fn mark(&mut self, wanted: &Token, expected: &'static str) -> Result<(), TriggerFault> {
        let found = self.some(expected)?;
        if found.token == *wanted { Ok(()) } else { Err(unexpected(&found, expected)) }
    }

    fn word(&mut self, expected: &'static str) -> Result<(usize, String), TriggerFault> {
        let found = self.some(expected)?;
        match found.token {
            Token::Word(word) => Ok((found.at, word)),
            _ => Err(unexpected(&found, expected)),
        }
    }

    fn text(&mut self, expected: &'static str) -> Result<(usize, String), TriggerFault> {
        let found = self.some(expected)?;
        match found.token {
            Token::Text(text) => Ok((found.at, text)),
            _ => Err(unexpected(&found, expected)),
        }
    }

    fn expression(&mut self, depth: usize) -> Result<Expr, TriggerFault> {
        if depth > TRIGGER_DEPTH_MAX {
            let what = TriggerWhat::TooDeep { most: TRIGGER_DEPTH_MAX };
            return Err(TriggerFault { at: self.at(), what });
        }
        let mut expr = self.term(depth)?;
        let mut added = 0;
        while self.peek() == Some(&Token::Plus) {
            self.next += 1;
            added += 1;
            if added > TRIGGER_DEPTH_MAX {
                let what = TriggerWhat::TooDeep { most: TRIGGER_DEPTH_MAX };
                return Err(TriggerFault { at: self.at(), what });
            }
            let (at, word) = self.word("P7Y")?;
            let period =
                Period::parse(&word).map_err(|bad| TriggerFault { at, what: TriggerWhat::Period(bad) })?;
            expr = Expr::Plus(Box::new(expr), period);
        }
        Ok(expr)
    }

    fn term(&mut self, depth: usize) -> Result<Expr, TriggerFault> {
        let found = self.some(EXPRESSION)?;
        let name = match &found.token {
            Token::Open => {
                let inner = self.expression(depth + 1)?;
                self.mark(&Token::Close, ")")?;
                return Ok(inner);
            }
            Token::Word(name) => name.as_str(),
            _ => return Err(unexpected(&found, EXPRESSION)),
        };
        let atom = match name {
            "declared" => Atom::Declared,
            "received" => Atom::Received,
            "created" => Atom::Created,
            "occurred" => Atom::Occurred,
            "classified" => Atom::Classified,
            "meta" => Atom::Meta(self.path_in_parentheses()?),
            "majority" => Atom::Majority(self.birth_date()?),
            "event" => self.event()?,
            "fiscal_year_end" => return Ok(Expr::FiscalYearEnd(Box::new(self.one_argument(depth)?))),
            "calendar_year_end" => return Ok(Expr::CalendarYearEnd(Box::new(self.one_argument(depth)?))),
            other => {
                let Some(how) = Combine::parse(other) else {
                    let what = TriggerWhat::UnknownName { found: found.token.shown() };
                    return Err(TriggerFault { at: found.at, what });
                };
                return Ok(Expr::Combined(how, self.arguments(found.at, depth)?));
            }
        };
        Ok(Expr::Atom(atom))
    }

    fn one_argument(&mut self, depth: usize) -> Result<Expr, TriggerFault> {
        self.mark(&Token::Open, "(")?;
        let inner = self.expression(depth + 1)?;
        self.mark(&Token::Close, ")")?;
        Ok(inner)
    }

    fn arguments(&mut self, at: usize, depth: usize) -> Result<Arguments, TriggerFault> {
        self.mark(&Token::Open, "(")?;
        let mut list = vec![self.expression(depth + 1)?];
        while self.peek() == Some(&Token::Comma) {
            self.next += 1;
            list.push(self.expression(depth + 1)?);
        }
        self.mark(&Token::Close, ", )")?;
        let found = list.len();
        Arguments::new(list).ok_or(TriggerFault { at, what: TriggerWhat::Arguments { found } })
    }

    fn path_in_parentheses(&mut self) -> Result<MetaPath, TriggerFault> {
        self.mark(&Token::Open, "(")?;
        let (at, text) = self.text("\"birth_date\"")?;
        self.mark(&Token::Close, ")")?;
        MetaPath::parse(&text).map_err(|bad| TriggerFault { at, what: TriggerWhat::Name(bad) })
    }

    /// `majority(meta("birth_date"))`, or short `majority(birth_date)`.
    fn birth_date(&mut self) -> Result<MetaPath, TriggerFault> {
        self.mark(&Token::Open, "(")?;
        let (at, word) = self.word("meta(\"birth_date\")")?;
        let path = if word == "meta" {
            self.path_in_parentheses()?
        } else if OWN_DATES.contains(&word.as_str()) {
            // The date of a record is nobody's birth.
            let found = Placed { at, token: Token::Word(word) };
            return Err(unexpected(&found, "meta(\"birth_date\")"));
        } else {
            MetaPath::parse(&word).map_err(|bad| TriggerFault { at, what: TriggerWhat::Name(bad) })?
        };
        self.mark(&Token::Close, ")")?;
        Ok(path)
    }

    fn event(&mut self) -> Result<Atom, TriggerFault> {
        self.mark(&Token::Open, "(")?;
        let (at, text) = self.text("\"relationship_ended\"")?;
        let kind =
            EventType::parse(&text).map_err(|bad| TriggerFault { at, what: TriggerWhat::Name(bad) })?;
        if OWN_EVENTS.contains(&kind.as_str()) {
            return Err(TriggerFault { at, what: TriggerWhat::Cyclic { event: text } });
        }
        self.mark(&Token::Comma, ",")?;
        let (at, word) = self.word("customer")?;
        let key = EventKey::parse(&word).map_err(|bad| TriggerFault { at, what: TriggerWhat::Name(bad) })?;
        let mut which = None;
        if self.peek() == Some(&Token::Comma) {
            self.next += 1;
            let (at, word) = self.word("first, last")?;
            let found = crate::policy::read::shown(&word);
            which = Some(
                Occurrence::parse(&word)
                    .ok_or(TriggerFault { at, what: TriggerWhat::Occurrence { found } })?,
            );
        }
        self.mark(&Token::Close, ")")?;
        Ok(Atom::Event { kind, key, which })
    }
}
