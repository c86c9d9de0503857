//! Makes an archive, and opens one.

use std::sync::{Arc, RwLock};

use serde_json::json;

use crate::access::password::Password;
use crate::access::rights::Via;
use crate::access::role::{Role, Roles};
use crate::access::session::RequestKind;
use crate::access::token::{BearerToken, TokenKind};
use crate::base::entropy::{Entropy, SystemEntropy};
use crate::base::id::{ArchiveId, TokenId, UserId};
use crate::base::limits::CLOCK_SECONDS_MIN;
use crate::base::moment::{Clock, Moment, SystemClock};
use crate::base::secret::SecretBytes;
use crate::blob::{Blobs, LocalBlobs};
use crate::keydir::{CreatedKeys, Founding, IdentitySource, KeyDir, KeyDirError};
use crate::ledger::checkpoint::{LogKey, Origin};
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
use crate::sandbox::Documents;
use crate::seal::Keyring;
use crate::store::rows::meta;
use crate::store::rows::sessions::{self, ApiTokenRow};
use crate::store::{Conn, Listener, Store, StoreConfig};

use super::acting::{Came, Found, Standing};
use super::bound::{Bound, bind};
use super::caller::Caller;
use super::cases::ServiceLevelSource;
use super::detection::Detection;
use super::holds::SaidKey;
use super::indexing::Indexing;
use super::last_words::{Claim, LastWords};
use super::making::Making;
use super::payloads;
use super::place::Place;
use super::refusal::{Refusal, Thing};
use super::users::{self, HashGate, NewAccount};
use super::{Archive, Inner};

/// Connections that read at the same time.
const READERS: u32 = 8;
/// The meta row that names the local operator.
pub(super) const LOCAL_OPERATOR: &str = "local_operator";

/// How an archive is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// Where the service identity is.
    pub identity: IdentitySource,
    /// The database; the embedded default if not said.
    pub database: Option<String>,
    /// The service levels by which cases are measured.
    pub service_level: ServiceLevelSource,
    /// What reads documents from outside. By default nothing does: texts are read in this process then, and
    /// no other document at all.
    pub documents: Arc<Documents>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            identity: IdentitySource::Default,
            database: None,
            service_level: ServiceLevelSource::Standard,
            documents: Arc::new(Documents::nowhere()),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// What a new archive hands to whoever made it, once.
pub struct Created {
    /// The archive, open.
    pub archive: Archive,
    /// Where each key lies.
    pub keys: CreatedKeys,
    /// The first administrator's name and one-time password.
    pub administrator: (String, SecretBytes),
    /// The archivist's name and API token.
    pub archivist: (String, SecretBytes),
}

impl Archive {
    /// Makes a new archive: directories, keys, database, a local operator, a first administrator
    /// and an archivist with a token.
    ///
    /// # Errors
    /// [`Refusal::ArchiveExists`], [`Refusal::ClockBehind`], or directories, keys or database cannot be made. What was not there
    /// before is not there then either; in PostgreSQL, empty tables may be.
    pub fn create(place: &Place, options: &OpenOptions) -> Result<Created, Refusal> {
        if place.holds_archive() {
            return Err(Refusal::ArchiveExists);
        }
        must_be_believable(options)?;
        // Dropped last: what is undone must not be in use any more.
        let (mut making, lock) = Making::begin(place)?;
        let entropy = options.entropy.as_ref();
        let archive = ArchiveId::generate(options.clock.now(), entropy);
        let founding = Founding { archive, origin: format!("muniment.invalid/{archive}") };
        let keys = KeyDir::create(place.keys(), entropy, &founding, place.data())?;
        making.has_keys();
        let inner = assemble(place, options, keys.keyring.clone(), lock)?;
        let archive = Self::of(inner);
        let (administrator, archivist) = archive.found()?;
        making.done();
        Ok(Created { archive, keys, administrator, archivist })
    }

    /// Opens an archive for reading and writing.
    ///
    /// # Errors
    /// [`Refusal::NoArchive`], [`Refusal::ClockBehind`], [`Refusal::AlreadyOpen`], [`Refusal::RolledBack`], [`Refusal::OtherHistory`], or keys or database refuse.
    pub fn open(place: &Place, options: &OpenOptions) -> Result<Self, Refusal> {
        if !place.holds_archive() && options.database.is_none() {
            return Err(Refusal::NoArchive);
        }
        must_be_believable(options)?;
        let lock = place.lock()?;
        let keyring = KeyDir::open(place.keys(), &options.identity, place.data())?;
        let archive = Self::of(assemble(place, options, keyring, lock)?);
        archive.inner.refuse_other_history()?;
        archive.inner.settle_keys()?;
        for (path, mode) in place.open_to_others()? {
            let (path, mode) = (path.display(), format!("{mode:o}"));
            tracing::warn!(%path, mode, "open to others than its owner: run muniment fsck --repair");
        }
        archive.inner.keep_checkpoint();
        archive.inner.take_jobs_back()?;
        // Failed log-ins that a process which ended at once had no time to enter.
        archive.inner.enter_failed_logins()?;
        Ok(archive)
    }

    /// Opens an archive with the recovery identity, for [`super::keys::Recovering`] alone.
    pub(super) fn open_to_recover(
        place: &Place,
        options: &OpenOptions,
        recovery: &IdentitySource,
    ) -> Result<Self, Refusal> {
        if !place.holds_archive() && options.database.is_none() {
            return Err(Refusal::NoArchive);
        }
        must_be_believable(options)?;
        let lock = place.lock()?;
        let keyring = KeyDir::recover(place.keys(), recovery, place.data())?;
        let archive = Self::of(assemble(place, options, keyring, lock)?);
        archive.inner.refuse_other_history()?;
        let keys = archive.inner.keys();
        archive.inner.must_fit_the_ledger(&keys)?;
        // A turn that was cut off before its first entry.
        archive.inner.put_in_force(Actor::System, &keys)?;
        Ok(archive)
    }

    /// Writes the first entry and the first users.
    #[allow(clippy::type_complexity, reason = "two names with their secrets, for the one caller")]
    fn found(&self) -> Result<((String, SecretBytes), (String, SecretBytes)), Refusal> {
        let inner = &self.inner;
        let entropy = inner.entropy.as_ref();
        let now = inner.now();
        let password = users::one_time_password(entropy);
        let typed = password.expose_text().unwrap_or_default();
        let parsed = Password::parse(typed, &["admin"]).map_err(Refusal::Password)?;
        let hash = inner.hashing.run(|| parsed.hash(entropy)).map_err(|_| Refusal::Hashing)?;
        let account = |name: &str, roles: &[Role], password: Option<String>| -> Result<NewAccount, Refusal> {
            Ok(NewAccount {
                id: UserId::generate(now, entropy),
                name: name.to_owned(),
                roles: Roles::parse(roles.iter().copied()).map_err(|_| Refusal::WrongState)?,
                must_change_password: password.is_some(),
                countersign: None,
                password,
            })
        };
        let accounts = [
            account("local", &[Role::Archivist, Role::Legal], None)?,
            account("admin", &[Role::Administrator], Some(hash))?,
            account("archivist", &[Role::Archivist], None)?,
        ];
        let [local, _, archivist] = &accounts;
        let (local, archivist) = (local.id, archivist.id);
        let secret = BearerToken::generate(TokenKind::Api, entropy);
        let token = ApiTokenRow {
            id: TokenId::generate(now, entropy),
            token_hash: secret.hash().to_digest(),
            user_id: archivist,
            scopes: "*".to_owned(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        };
        let shared = Arc::clone(inner);
        let written = inner.store.write(move |tx| {
            let keys = shared.keys();
            tx.enter(EntryDraft {
                kind: EntryKind::ArchiveCreated,
                subject: keys.archive.to_string(),
                actor: Actor::System,
                facts: json!({"local_operator": local.to_string(), "origin": keys.log_origin}),
            })?;
            meta::put(tx.conn(), LOCAL_OPERATOR, &local.to_string())?;
            for account in &accounts {
                users::insert(&shared, &keys, tx, Actor::System, account)?;
            }
            sessions::insert_token(tx.conn(), &token)?;
            let facts = json!({"user": archivist.to_string(), "scopes": [token.scopes]});
            let facts = bind(tx.conn(), facts, &[Bound::Token(token.id)])?;
            tx.enter(EntryDraft {
                kind: EntryKind::TokenCreated,
                subject: token.id.to_string(),
                actor: Actor::System,
                facts,
            })?;
            Ok::<_, Refusal>(())
        });
        written.map_err(Refusal::from)?;
        Ok((("admin".to_owned(), password), ("archivist".to_owned(), secret.to_text())))
    }

    /// The local operator: who works at the machine that holds data directory and keys.
    ///
    /// # Errors
    /// The database cannot be read or names no operator, [`Refusal::Damaged`] if it names another one
    /// than the ledger, or if the operator's rights are not those of the ledger.
    pub fn local_operator(&self) -> Result<Caller, Refusal> {
        let inner = &self.inner;
        let caller = inner.vouched(|conn| {
            let Found { caller, claims, .. } =
                inner.find_caller(conn, Came::Machine, RequestKind::Deliberate)?;
            Ok((caller, claims))
        })?;
        // Whoever can write to the database must not choose in whose name the machine acts.
        match inner.is_local_operator(caller.user()) {
            true => Ok(caller.noting(inner)),
            false => Err(Refusal::Damaged(Thing::User)),
        }
    }

    /// Where the archive lies.
    pub fn place(&self) -> &Place {
        &self.inner.place
    }
}

/// A clock that was never set dates entries, sessions and approvals with nonsense, and nothing in the archive
/// ever takes an entry back.
fn must_be_believable(options: &OpenOptions) -> Result<(), Refusal> {
    let (now, least) = (options.clock.now(), Moment::from_micros(0).plus_seconds(CLOCK_SECONDS_MIN));
    match now >= least {
        true => Ok(()),
        false => Err(Refusal::ClockBehind { newest: least, now }),
    }
}

fn log_key(keys: &Keyring) -> Result<LogKey, Refusal> {
    let seed = keys.log_seed.as_ref().ok_or(Refusal::NoKey("log key"))?;
    let origin = Origin::parse(&keys.log_origin).map_err(|_| Refusal::NoKey("log origin"))?;
    Ok(LogKey::from_seed(seed, origin))
}

impl Inner {
    /// True if the ledger names this user as the local operator.
    pub(super) fn is_local_operator(&self, user: UserId) -> bool {
        self.last_words.local_operator() == Some(user.to_string())
    }

    pub(super) fn find_local_operator(&self, conn: &mut Conn, heard: u64) -> Result<Found, Refusal> {
        let user = meta::get(conn, LOCAL_OPERATOR)?;
        let user = user.and_then(|text| UserId::parse(&text).ok()).ok_or(Refusal::Forbidden)?;
        let mut claims: Vec<Claim> = Vec::new();
        let standing = Standing { came: Came::Machine, heard, until: None };
        let caller = Caller::load(conn, user, Via::LocalOperator, standing, &mut claims)?;
        Ok(Found { caller: caller.ok_or(Refusal::Forbidden)?, claims, renew: None })
    }

    pub(super) fn log_key(&self) -> Result<LogKey, Refusal> {
        log_key(&self.keys())
    }
}

fn assemble(
    place: &Place,
    options: &OpenOptions,
    keys: Keyring,
    lock: super::place::Lock,
) -> Result<Inner, Refusal> {
    // An escrow place has none: it is no key directory.
    if keys.log_seed.is_none() {
        return Err(KeyDirError::Missing { file: place.keys().join(KeyDir::LOG_KEY) }.into());
    }
    let log_key = log_key(&keys)?;
    let url = place.database_url(options.database.as_deref());
    let kept_clock = KeyDir::kept_clock(place.keys())?;
    let last_words = Arc::new(LastWords::new(log_key.vkey(), keys.index.as_ref().map(SaidKey::of)));
    let listener: Arc<dyn Listener> = Arc::clone(&last_words) as _;
    let store = Store::open(StoreConfig {
        url,
        log_key,
        clock: Arc::clone(&options.clock),
        readers: READERS,
        listener: Some(listener),
    })?;
    let blobs: Arc<dyn Blobs> = Arc::new(payloads::open(place, &store, keys.archive)?);
    let keys = Arc::new(RwLock::new(Arc::new(keys)));
    let inner = Inner {
        indexing: Indexing::new(
            store.clone(),
            Arc::clone(&blobs),
            Arc::clone(&options.documents),
            Arc::clone(&keys),
        ),
        detection: Detection::new(
            store.clone(),
            Arc::clone(&blobs),
            Arc::clone(&options.documents),
            Arc::clone(&keys),
            Arc::clone(&options.entropy),
        ),
        store,
        judging: last_words.judging(),
        last_words,
        blobs,
        documents: Arc::clone(&options.documents),
        keys,
        replacing: super::keys::Replacing::default(),
        clock: Arc::clone(&options.clock),
        entropy: Arc::clone(&options.entropy),
        place: place.clone(),
        registered: super::parties::Registered::default(),
        policies: super::policies::PolicyCache::default(),
        hashing: HashGate::default(),
        service_level: Arc::new(options.service_level.load()?),
        failed_logins: users::Tally::default(),
        remembered: users::Remembered::default(),
        arriving: super::uploads::Arriving::default(),
        results: Arc::new(LocalBlobs::open(&place.results())?),
        tickets: super::jobs::Tickets::default(),
        job_bell: super::jobs::JobBell::default(),
        judging_work: std::sync::Mutex::default(),
        known_keys: super::retention::KnownKeys::default(),
        #[cfg(test)]
        rules_in_force: RwLock::default(),
        last_look: super::ready::LastLook::default(),
        identity: options.identity.clone(),
        database: options.database.clone(),
        refused: Arc::default(),
        clock_guard: super::disposition::ClockGuard::starting(options.clock.now(), kept_clock.as_deref()),
        _lock: lock,
    };
    inner.take_up_last_words()?;
    Ok(inner)
}
