-- Ids are lower-case UUIDv7 text, instants microseconds since 1970 (UTC), dates YYYY-MM-DD.
-- Whatever names people is sealed in `cells`, `versions.descriptor` or `payloads`; the rest is what
-- the engines need in clear. Text sorts by bytes (COLLATE "C"), as in SQLite.

CREATE TABLE meta (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE ledger_entries (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX ledger_entries_subject ON ledger_entries (subject, seq);
CREATE INDEX ledger_entries_kind ON ledger_entries (kind, seq);

-- Tiles of the Merkle tree (C2SP tlog-tiles, height 8): 32 bytes a hash, the last of a level partial.
CREATE TABLE ledger_tiles (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, tile)
);

-- 'latest' is advanced by compare-and-swap only; 'day:YYYY-MM-DD' is the last checkpoint of a day (UTC).
CREATE TABLE ledger_checkpoints (
    slot TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);

CREATE TABLE cells (
    owner TEXT COLLATE "C" NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (owner, part)
);
CREATE INDEX cells_epoch ON cells (epoch);
CREATE INDEX cells_generation ON cells (generation);

CREATE TABLE records (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    subkind TEXT COLLATE "C",
    category TEXT COLLATE "C" NOT NULL,
    jurisdiction TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    source_token BYTEA UNIQUE,
    captured_at BIGINT NOT NULL,
    captured_by TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX records_case ON records (case_id, captured_at, id);
CREATE INDEX records_captured ON records (captured_at, id);
CREATE INDEX records_kind ON records (kind, captured_at, id);

CREATE TABLE versions (
    record_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    revision_token BYTEA,
    occurred_on TEXT COLLATE "C" NOT NULL,
    occurred_at BIGINT,
    zone TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    captured_at BIGINT NOT NULL,
    captured_by TEXT COLLATE "C" NOT NULL,
    late BOOLEAN NOT NULL,
    descriptor BYTEA NOT NULL,
    descriptor_digest BYTEA NOT NULL,
    descriptor_commitment BYTEA NOT NULL,
    facts TEXT COLLATE "C" NOT NULL,
    indexed_engine TEXT COLLATE "C",
    detected_engine TEXT COLLATE "C",
    PRIMARY KEY (record_id, version)
);
CREATE INDEX versions_indexed ON versions (indexed_engine, record_id, version);
CREATE INDEX versions_detected ON versions (detected_engine, record_id, version);
CREATE INDEX versions_occurred ON versions (occurred_on, record_id);

CREATE TABLE components (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    record_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    payload_bytes BIGINT NOT NULL,
    payload_digest BYTEA NOT NULL,
    commitment BYTEA NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL
);
CREATE INDEX components_record ON components (record_id, version, ordinal);

-- The ciphertext of components small enough to share the database's commit.
CREATE TABLE payloads (
    component_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    bytes BYTEA NOT NULL
);

CREATE TABLE segments (
    record_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    case_id TEXT COLLATE "C",
    entries BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    root BYTEA NOT NULL,
    offsets BYTEA NOT NULL,
    offsets_digest BYTEA NOT NULL
);
CREATE INDEX segments_case ON segments (case_id, first_at);

CREATE TABLE links (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    from_record TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    to_record TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (from_record, kind, to_record)
);
CREATE INDEX links_to ON links (to_record, kind);

CREATE TABLE parties (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name_token BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE INDEX parties_created ON parties (created_at, id);

CREATE TABLE record_parties (
    record_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record_id, version, party_id, role)
);
CREATE INDEX record_parties_party ON record_parties (party_id, record_id);

CREATE TABLE cases (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reference_token BYTEA NOT NULL UNIQUE,
    state TEXT COLLATE "C" NOT NULL,
    tier TEXT COLLATE "C",
    priority TEXT COLLATE "C",
    language TEXT COLLATE "C",
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    zone TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX cases_created ON cases (created_at, id);

CREATE TABLE case_parties (
    case_id TEXT COLLATE "C" NOT NULL,
    party_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (case_id, party_id, role)
);
CREATE INDEX case_parties_party ON case_parties (party_id, case_id);

CREATE TABLE case_events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    case_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C",
    cancels TEXT COLLATE "C"
);
CREATE INDEX case_events_case ON case_events (case_id, at, id);

CREATE TABLE gap_explanations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    case_id TEXT COLLATE "C" NOT NULL,
    gap TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C",
    at BIGINT NOT NULL,
    by_user TEXT COLLATE "C" NOT NULL
);
CREATE INDEX gap_explanations_case ON gap_explanations (case_id, at, id);

CREATE TABLE matters (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reference_token BYTEA NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    evidence_deadline TEXT COLLATE "C",
    hearing_on TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX matters_created ON matters (created_at, id);

CREATE TABLE matter_people (
    matter_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    duty TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (matter_id, user_id, duty)
);

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name_token BYTEA NOT NULL UNIQUE,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    must_change_password BOOLEAN NOT NULL
);
CREATE INDEX users_created ON users (created_at, id);

CREATE TABLE user_roles (
    user_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role)
);

CREATE TABLE grants (
    user_id TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    scope_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, scope, scope_id)
);
CREATE INDEX grants_scope ON grants (scope, scope_id);

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_tokens_user ON api_tokens (user_id, created_at);

CREATE TABLE login_failures (
    name_token BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

CREATE TABLE approvals (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    request_digest BYTEA NOT NULL,
    requested_by TEXT COLLATE "C" NOT NULL,
    requested_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    decided_by TEXT COLLATE "C",
    decided_at BIGINT
);
CREATE INDEX approvals_state ON approvals (state, requested_at, id);

CREATE TABLE idempotency (
    actor TEXT COLLATE "C" NOT NULL,
    key_token BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key_token)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE jobs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    done_units BIGINT NOT NULL,
    total_units BIGINT NOT NULL,
    error_code TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    finished_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX jobs_ready ON jobs (state, not_before, id);
CREATE INDEX jobs_subject ON jobs (subject);
CREATE INDEX jobs_created ON jobs (created_at, id);

CREATE TABLE uploads (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    declared_bytes BIGINT NOT NULL,
    component_id TEXT COLLATE "C"
);
CREATE INDEX uploads_expires ON uploads (expires_at);
CREATE INDEX uploads_actor ON uploads (actor, created_at, id);
CREATE INDEX uploads_component ON uploads (component_id);

CREATE TABLE exports (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    year BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C",
    matter_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    checkpoint_size BIGINT NOT NULL,
    requested BIGINT NOT NULL,
    exported BIGINT NOT NULL,
    withheld BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    bundle_digest BYTEA,
    bundle_bytes BIGINT NOT NULL,
    UNIQUE (year, number)
);
CREATE INDEX exports_created ON exports (created_at, id);

-- A block of documents with numbers that follow each other: first one for each of the entries of a
-- segment, then, under the number that names the row, the record as a whole.
CREATE TABLE index_rows (
    docid BIGINT NOT NULL PRIMARY KEY,
    record_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    engine TEXT COLLATE "C" NOT NULL
);
CREATE INDEX index_rows_record ON index_rows (record_id, domain);

-- Where personal data stands in a version: sealed under the version's key, so that nothing is left of it
-- once that key is gone. Worked out again whenever the engine changes.
CREATE TABLE detections (
    record_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    engine TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (record_id, version)
);

-- How many places of each type a record's current version has: for filters, without a value.
CREATE TABLE detected_types (
    record_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    places BIGINT NOT NULL,
    PRIMARY KEY (record_id, kind)
);
CREATE INDEX detected_types_kind ON detected_types (kind, record_id);

-- Postings of keyed tokens. No content, no positions. A row holds at most 16 384 lexemes, so that no
-- tsvector nears its 1 MB limit. UNLOGGED: no copy in the write-ahead log or in its archive; after a
-- crash of the server the index is empty and is built anew.
CREATE UNLOGGED TABLE index_content (
    docid BIGINT NOT NULL,
    part BIGINT NOT NULL,
    lexemes TSVECTOR NOT NULL,
    PRIMARY KEY (docid, part)
);
CREATE INDEX index_content_lexemes ON index_content USING GIN (lexemes);
CREATE INDEX index_content_several ON index_content (docid) WHERE part > 0;
CREATE UNLOGGED TABLE index_subject (
    docid BIGINT NOT NULL,
    part BIGINT NOT NULL,
    lexemes TSVECTOR NOT NULL,
    PRIMARY KEY (docid, part)
);
CREATE INDEX index_subject_lexemes ON index_subject USING GIN (lexemes);
CREATE INDEX index_subject_several ON index_subject (docid) WHERE part > 0;
