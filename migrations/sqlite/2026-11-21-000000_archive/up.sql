-- Ids are lower-case UUIDv7 text, instants microseconds since 1970 (UTC), dates YYYY-MM-DD.
-- Whatever names people is sealed in `cells`, `versions.descriptor` or `payloads`; the rest is what
-- the engines need in clear. Tables WITHOUT ROWID have short rows and are read by their key.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entries (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_entries_subject ON ledger_entries (subject, seq);
CREATE INDEX ledger_entries_kind ON ledger_entries (kind, seq);

-- Tiles of the Merkle tree (C2SP tlog-tiles, height 8): 32 bytes a hash, the last of a level partial.
CREATE TABLE ledger_tiles (
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, tile)
) STRICT;

-- 'latest' is advanced by compare-and-swap only; 'day:YYYY-MM-DD' is the last checkpoint of a day (UTC).
CREATE TABLE ledger_checkpoints (
    slot TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cells (
    owner TEXT NOT NULL,
    part TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (owner, part)
) STRICT;

CREATE TABLE records (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subkind TEXT,
    category TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    case_id TEXT,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    source_token BLOB UNIQUE,
    captured_at INTEGER NOT NULL,
    captured_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX records_case ON records (case_id, captured_at, id);
CREATE INDEX records_captured ON records (captured_at, id);
CREATE INDEX records_kind ON records (kind, captured_at, id);

CREATE TABLE versions (
    record_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision_token BLOB,
    occurred_on TEXT NOT NULL,
    occurred_at INTEGER,
    zone TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    captured_at INTEGER NOT NULL,
    captured_by TEXT NOT NULL,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    descriptor BLOB NOT NULL,
    descriptor_digest BLOB NOT NULL,
    descriptor_commitment BLOB NOT NULL,
    facts TEXT NOT NULL,
    indexed_engine TEXT,
    detected_engine TEXT,
    PRIMARY KEY (record_id, version)
) STRICT;
CREATE INDEX versions_indexed ON versions (indexed_engine, record_id, version);
CREATE INDEX versions_detected ON versions (detected_engine, record_id, version);
CREATE INDEX versions_occurred ON versions (occurred_on, record_id);

CREATE TABLE components (
    id TEXT NOT NULL PRIMARY KEY,
    record_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    role TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    payload_bytes INTEGER NOT NULL,
    payload_digest BLOB NOT NULL,
    commitment BLOB NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX components_record ON components (record_id, version, ordinal);

-- The ciphertext of components small enough to share the database's commit.
CREATE TABLE payloads (
    component_id TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE segments (
    record_id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT,
    entries INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    root BLOB NOT NULL,
    offsets BLOB NOT NULL,
    offsets_digest BLOB NOT NULL
) STRICT;
CREATE INDEX segments_case ON segments (case_id, first_at);

CREATE TABLE links (
    id TEXT NOT NULL PRIMARY KEY,
    from_record TEXT NOT NULL,
    kind TEXT NOT NULL,
    to_record TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (from_record, kind, to_record)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_to ON links (to_record, kind);

CREATE TABLE parties (
    id TEXT NOT NULL PRIMARY KEY,
    name_token BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX parties_created ON parties (created_at, id);

CREATE TABLE record_parties (
    record_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    party_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (record_id, version, party_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_parties_party ON record_parties (party_id, record_id);

CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    reference_token BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    tier TEXT,
    priority TEXT,
    language TEXT,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    zone TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_created ON cases (created_at, id);

CREATE TABLE case_parties (
    case_id TEXT NOT NULL,
    party_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (case_id, party_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_parties_party ON case_parties (party_id, case_id);

CREATE TABLE case_events (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    zone TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    record_id TEXT,
    cancels TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX case_events_case ON case_events (case_id, at, id);

CREATE TABLE gap_explanations (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL,
    gap TEXT NOT NULL,
    record_id TEXT,
    at INTEGER NOT NULL,
    by_user TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX gap_explanations_case ON gap_explanations (case_id, at, id);

CREATE TABLE matters (
    id TEXT NOT NULL PRIMARY KEY,
    reference_token BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    evidence_deadline TEXT,
    hearing_on TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX matters_created ON matters (created_at, id);

CREATE TABLE matter_people (
    matter_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    duty TEXT NOT NULL,
    PRIMARY KEY (matter_id, user_id, duty)
) STRICT, WITHOUT ROWID;

-- ── Holds (诉讼保留) ──

-- A hold over whatever its members name. `batches` and `members` count `hold_members`, whose column `named` is sealed:
-- what is held does not stand here in clear.
CREATE TABLE holds (
    id TEXT NOT NULL PRIMARY KEY,
    matter_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    confidential INTEGER NOT NULL CHECK (confidential IN (0, 1)),
    zone TEXT NOT NULL,
    grace_days INTEGER NOT NULL,
    review_by TEXT,
    batches INTEGER NOT NULL,
    members INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    placed_by TEXT NOT NULL,
    released_at INTEGER,
    released_by TEXT,
    rests_until INTEGER,
    blind BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_matter ON holds (matter_id, placed_at, id);

-- What a hold names: a record, an entry of a log, or a key by which records are found. Those of one batch came
-- with one entry of the ledger.
CREATE TABLE hold_members (
    hold_id TEXT NOT NULL,
    token BLOB NOT NULL,
    batch INTEGER NOT NULL,
    named BLOB NOT NULL,
    PRIMARY KEY (hold_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_members_batch ON hold_members (hold_id, batch, token);

-- What was told to people who keep things.
CREATE TABLE hold_notices (
    id TEXT NOT NULL PRIMARY KEY,
    hold_id TEXT NOT NULL,
    noticed_at INTEGER NOT NULL,
    noticed_by TEXT NOT NULL,
    blind BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_notices_hold ON hold_notices (hold_id, noticed_at, id);

CREATE TABLE hold_recipients (
    notice_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    acknowledged_at INTEGER,
    PRIMARY KEY (notice_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_recipients_user ON hold_recipients (user_id, notice_id);

-- ── end of holds ──

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    name_token BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX users_created ON users (created_at, id);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    PRIMARY KEY (user_id, scope, scope_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_scope ON grants (scope, scope_id);

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created_at);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_user ON api_tokens (user_id, created_at);

CREATE TABLE login_failures (
    name_token BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_state ON approvals (state, requested_at, id);

CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    key_token BLOB NOT NULL,
    request_digest BLOB NOT NULL,
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (actor, key_token)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    done_units INTEGER NOT NULL,
    total_units INTEGER NOT NULL,
    error_code TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    finished_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_ready ON jobs (state, not_before, id);
CREATE INDEX jobs_subject ON jobs (subject);
CREATE INDEX jobs_created ON jobs (created_at, id);

CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    declared_bytes INTEGER NOT NULL,
    component_id TEXT
) STRICT;
CREATE INDEX uploads_expires ON uploads (expires_at);
CREATE INDEX uploads_actor ON uploads (actor, created_at, id);
CREATE INDEX uploads_component ON uploads (component_id);

CREATE TABLE exports (
    id TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    case_id TEXT,
    matter_id TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    checkpoint_size INTEGER NOT NULL,
    requested INTEGER NOT NULL,
    exported INTEGER NOT NULL,
    withheld INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    bundle_digest BLOB,
    bundle_bytes INTEGER NOT NULL,
    UNIQUE (year, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX exports_created ON exports (created_at, id);

-- A block of documents with numbers that follow each other: first one for each of the entries of a
-- segment, then, under the number that names the row, the record as a whole.
CREATE TABLE index_rows (
    docid INTEGER NOT NULL PRIMARY KEY,
    record_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    domain TEXT NOT NULL,
    engine TEXT NOT NULL
) STRICT;
CREATE INDEX index_rows_record ON index_rows (record_id, domain);

-- Where personal data stands in a version: sealed under the version's key, so that nothing is left of it
-- once that key is gone. Worked out again whenever the engine changes.
CREATE TABLE detections (
    record_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    engine TEXT NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (record_id, version)
) STRICT;

-- How many places of each type a record's current version has, and of how many a person should judge: for filters,
-- without a value.
CREATE TABLE detected_types (
    record_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    places INTEGER NOT NULL,
    unsure INTEGER NOT NULL,
    PRIMARY KEY (record_id, kind)
) STRICT;
CREATE INDEX detected_types_kind ON detected_types (kind, record_id);

-- == Retention: events that set periods going, and where records stand under the policy in force ==
-- Whatever names people (the values of keys, reasons) is sealed in `cells`; events reach records by keyed
-- tokens. An event is corrected or cancelled by another one, never changed.
CREATE TABLE retention_events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    occurred_on TEXT NOT NULL,
    zone TEXT NOT NULL,
    case_id TEXT,
    record_id TEXT,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    source_token BLOB UNIQUE,
    corrects TEXT UNIQUE,
    cancels TEXT UNIQUE
) STRICT, WITHOUT ROWID;
CREATE INDEX retention_events_recorded ON retention_events (recorded_at, id);

CREATE TABLE retention_event_keys (
    event_id TEXT NOT NULL,
    name TEXT NOT NULL,
    token BLOB NOT NULL,
    PRIMARY KEY (event_id, name, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX retention_event_keys_token ON retention_event_keys (token, event_id);

-- By which keys events reach a record. This and the next two are worked out again from the records.
CREATE TABLE record_keys (
    record_id TEXT NOT NULL,
    token BLOB NOT NULL,
    PRIMARY KEY (record_id, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_keys_token ON record_keys (token, record_id);

-- What the judge knows of a record, sealed under its current version's key, and what he last said: as soon as
-- `wake_at` has come he is asked again.
CREATE TABLE record_retention (
    record_id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    policy BLOB NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    restricted INTEGER NOT NULL CHECK (restricted IN (0, 1)),
    judged_at INTEGER NOT NULL,
    wake_at INTEGER
) STRICT;
CREATE INDEX record_retention_wake ON record_retention (wake_at, record_id);
CREATE INDEX record_retention_policy ON record_retention (policy, record_id);

-- On which lists a record stands: due, starved triggers, conflicts.
CREATE TABLE retention_queues (
    record_id TEXT NOT NULL,
    queue TEXT NOT NULL,
    PRIMARY KEY (record_id, queue)
) STRICT, WITHOUT ROWID;
CREATE INDEX retention_queues_queue ON retention_queues (queue, record_id);

-- ── Policies: one block, see src/archive/policies ──

-- Retention policies. What a version says is sealed in `cells`; its SHA-256 is its identity and stands in clear.
CREATE TABLE policies (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    versions INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_versions (
    id TEXT NOT NULL PRIMARY KEY,
    policy_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    stage TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    submitted_at INTEGER,
    submitted_by TEXT,
    reviewed_at INTEGER,
    reviewed_by TEXT,
    published_at INTEGER,
    published_by TEXT,
    countersigned_by TEXT,
    simulation BLOB,
    effective_from INTEGER,
    effective_to INTEGER,
    retired_at INTEGER,
    retired_by TEXT,
    rebased_from INTEGER,
    UNIQUE (policy_id, version)
) STRICT, WITHOUT ROWID;

-- A review (制度评审) of a policy, or of one of its rules.
CREATE TABLE policy_reviews (
    id TEXT NOT NULL PRIMARY KEY,
    policy_id TEXT NOT NULL,
    version_id TEXT NOT NULL,
    rule TEXT,
    held_on TEXT NOT NULL,
    decision TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_reviews_policy ON policy_reviews (policy_id, held_on);

-- Who has read a published version (宣贯).
CREATE TABLE policy_acknowledgements (
    version_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    PRIMARY KEY (version_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_suggestions (
    id TEXT NOT NULL PRIMARY KEY,
    version_id TEXT NOT NULL,
    rule TEXT,
    state TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    decided_at INTEGER,
    decided_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_suggestions_version ON policy_suggestions (version_id, made_at);

-- When the effect of a published version is to be evaluated (效果评估), and what came of it.
CREATE TABLE policy_evaluations (
    version_id TEXT NOT NULL PRIMARY KEY,
    due_on TEXT NOT NULL,
    outcome TEXT,
    evaluated_at INTEGER,
    evaluated_by TEXT
) STRICT, WITHOUT ROWID;

-- What a version would change, run against the archive as it was; the report is sealed.
CREATE TABLE simulations (
    id TEXT NOT NULL PRIMARY KEY,
    version_id TEXT NOT NULL,
    policy_hash BLOB NOT NULL,
    against BLOB,
    as_of INTEGER NOT NULL,
    result BLOB NOT NULL,
    judged INTEGER NOT NULL,
    newly_due INTEGER NOT NULL,
    ledger_size INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX simulations_version ON simulations (version_id, made_at);

-- Postings of keyed tokens. No content, no positions; 'secure-delete' so that a deleted row's tokens
-- do not linger in old segments of the index.
CREATE VIRTUAL TABLE index_content USING fts5(tokens, content='', detail='none', tokenize='ascii', columnsize=0);
INSERT INTO index_content (index_content, rank) VALUES ('secure-delete', 1);
-- Two parts of one size are enough to be put together when the indexer tidies up.
INSERT INTO index_content (index_content, rank) VALUES ('usermerge', 2);
CREATE VIRTUAL TABLE index_subject USING fts5(tokens, content='', detail='none', tokenize='ascii', columnsize=0);
INSERT INTO index_subject (index_subject, rank) VALUES ('secure-delete', 1);
INSERT INTO index_subject (index_subject, rank) VALUES ('usermerge', 2);
-- Words that a document does not have for readers of redacted text.
CREATE VIRTUAL TABLE index_withheld USING fts5(tokens, content='', detail='none', tokenize='ascii', columnsize=0);
INSERT INTO index_withheld (index_withheld, rank) VALUES ('secure-delete', 1);
INSERT INTO index_withheld (index_withheld, rank) VALUES ('usermerge', 2);
