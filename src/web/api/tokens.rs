//! API tokens: made for oneself, listed, withdrawn.

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::{CODE, exposed};
use super::{Path, answer, id};
use crate::access::permission::{Action, Resource};
use crate::access::token::TokenScopes;
use crate::archive::users::{NewToken, TokenView};
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{TokenId, UserId};
use crate::base::moment::Moment;
use crate::record::request::{FaultCode, ObjectReader};
use crate::web::body::{self, FromJson};
use crate::web::guard::Asker;
use crate::web::observe::no_content;
use crate::web::problem::Problem;
use crate::web::route::{self, Operation, json};

/// A token to make.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read into `TokenAsked`")]
pub struct NewTokenBody {
    /// What it may be used for: `record:create case:read`, `record:*`, `*`.
    scopes: String,
    /// When it ends: an instant, or a day at whose end it does; never, if not said.
    expires_at: Option<String>,
}

/// As [`NewTokenBody`], read.
struct TokenAsked {
    scopes: String,
    end: Option<End>,
}

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    At(Moment),
    After(CivilDate),
}

impl End {
    fn parse(text: &str) -> Result<Self, FaultCode> {
        let text = text.trim();
        if text.contains(['T', 't', ' ']) {
            return Ok(Self::At(Moment::parse(text)?));
        }
        let day = CivilDate::parse(text)?;
        // The last day of the calendar has no end that could be written.
        day.plus_days(1).ok_or(FaultCode::YearOutOfRange)?;
        Ok(Self::After(day))
    }

    /// The instant, by the clocks of `zone`.
    fn in_zone(self, zone: Zone) -> Moment {
        match self {
            Self::At(at) => at,
            Self::After(day) => day.plus_days(1).unwrap_or(day).begins_in(zone),
        }
    }
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub struct CreatedTokenBody {
    /// What it is called in lists.
    id: String,
    /// The token, shown this once.
    token: String,
}

/// A token in a list.
#[derive(Serialize, ToSchema)]
pub struct TokenLine {
    /// The token.
    id: String,
    /// Whose it is.
    user: String,
    /// What it may be used for.
    scopes: String,
    /// When it was made.
    created_at: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    /// True where it is not as the ledger says: nobody comes in by it; absent where it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    damaged: bool,
}

/// Tokens of one person.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    /// The tokens.
    items: Vec<TokenLine>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/users/{id}/tokens", "list_tokens", || web::to(tokens))
            .says("A person's API tokens.")
            .row(Resource::Token, Action::List)
            .gives(200, "The tokens.", Some(json(route::of::<TokenList>))),
        Operation::post("/api/v1/tokens", "create_token", || web::to(create_token))
            .says("Makes an API token for oneself.")
            .row(Resource::Token, Action::Create)
            .with(CODE)
            .takes(json(route::of::<NewTokenBody>))
            .gives(201, "The token, shown this once.", Some(json(route::of::<CreatedTokenBody>))),
        Operation::delete("/api/v1/tokens/{id}", "revoke_token", || web::to(revoke_token))
            .says("Withdraws a token.")
            .row(Resource::Token, Action::Remove)
            .gives(204, "It is withdrawn.", None),
    ]
}

impl From<TokenView> for TokenLine {
    fn from(view: TokenView) -> Self {
        Self {
            id: view.id.to_string(),
            user: view.user.to_string(),
            scopes: view.scopes,
            created_at: view.created_at.to_rfc3339(),
            expires_at: view.expires_at.map(Moment::to_rfc3339),
            revoked_at: view.revoked_at.map(Moment::to_rfc3339),
            damaged: view.damaged,
        }
    }
}

async fn tokens(asker: Asker, user: Path) -> Result<HttpResponse, Problem> {
    let user = id(&user, UserId::parse)?;
    let items = asker.act(move |archive, caller| archive.list_tokens(caller, user)).await?;
    Ok(answer(200, &TokenList { items: items.into_iter().map(TokenLine::from).collect() }))
}

impl FromJson for TokenAsked {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let scopes = reader.text("scopes", |text| Ok::<_, FaultCode>(text.to_owned()));
        let end = reader.text("expires_at", End::parse);
        reader.require(&["scopes"]);
        Some(Self { scopes: scopes?, end })
    }
}

async fn create_token(
    asker: Asker,
    request: HttpRequest,
    mut payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body: TokenAsked = body::read(&request, &mut payload).await?;
    let zone = asker.service().capture_defaults(true).zone;
    let made = asker
        .act(move |archive, caller| {
            let expires_at = body.end.map(|end| end.in_zone(zone));
            let new = NewToken { scopes: TokenScopes::parse(&body.scopes)?, expires_at };
            archive.create_token(caller, &new)
        })
        .await?;
    let body = CreatedTokenBody { id: made.id.to_string(), token: exposed(&made.secret).to_owned() };
    Ok(answer(201, &body))
}

async fn revoke_token(asker: Asker, token: Path) -> Result<HttpResponse, Problem> {
    let token = id(&token, TokenId::parse)?;
    asker.act(move |archive, caller| archive.revoke_token(caller, token)).await?;
    Ok(no_content())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_with_the_day_that_is_named_by_the_archives_clocks() {
        let day = End::parse("2027-01-01").unwrap().in_zone(Zone::SHANGHAI);
        assert_eq!(day.to_seconds_text(), "2027-01-01T16:00:00Z");
        let instant = End::parse("2026-12-31T18:00:00+08:00").unwrap().in_zone(Zone::SHANGHAI);
        assert_eq!(instant.to_seconds_text(), "2026-12-31T10:00:00Z");
        assert_eq!(End::parse("2027-02-30"), Err(FaultCode::NoSuchDay));
        assert_eq!(End::parse("soon"), Err(FaultCode::NotADate));
        assert_eq!(End::parse("2027-01-01T10:00"), Err(FaultCode::NotAMoment));
    }
}
