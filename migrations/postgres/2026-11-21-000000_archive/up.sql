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
    generation BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (owner, part)
);

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

-- ── Holds (诉讼保留) ──

-- A hold over whatever its members name. `batches` and `members` count `hold_members`, whose column `named` is sealed:
-- what is held does not stand here in clear.
CREATE TABLE holds (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    matter_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    mode TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    confidential BOOLEAN NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    grace_days BIGINT NOT NULL,
    review_by TEXT COLLATE "C",
    batches BIGINT NOT NULL,
    members BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    placed_by TEXT COLLATE "C" NOT NULL,
    released_at BIGINT,
    released_by TEXT COLLATE "C",
    rests_until BIGINT,
    blind BYTEA
);
CREATE INDEX holds_matter ON holds (matter_id, placed_at, id);

-- What a hold names: a record, an entry of a log, or a key by which records are found. Those of one batch came
-- with one entry of the ledger.
CREATE TABLE hold_members (
    hold_id TEXT COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    batch BIGINT NOT NULL,
    named BYTEA NOT NULL,
    PRIMARY KEY (hold_id, token)
);
CREATE INDEX hold_members_batch ON hold_members (hold_id, batch, token);

-- What was told to people who keep things.
CREATE TABLE hold_notices (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hold_id TEXT COLLATE "C" NOT NULL,
    noticed_at BIGINT NOT NULL,
    noticed_by TEXT COLLATE "C" NOT NULL,
    blind BYTEA
);
CREATE INDEX hold_notices_hold ON hold_notices (hold_id, noticed_at, id);

CREATE TABLE hold_recipients (
    notice_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    acknowledged_at BIGINT,
    PRIMARY KEY (notice_id, user_id)
);
CREATE INDEX hold_recipients_user ON hold_recipients (user_id, notice_id);

-- ── end of holds ──

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

-- How many places of each type a record's current version has, and of how many a person should judge: for filters,
-- without a value.
CREATE TABLE detected_types (
    record_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    places BIGINT NOT NULL,
    unsure BIGINT NOT NULL,
    PRIMARY KEY (record_id, kind)
);
CREATE INDEX detected_types_kind ON detected_types (kind, record_id);

-- == Retention: events that set periods going, and where records stand under the policy in force ==
-- Whatever names people (the values of keys, reasons) is sealed in `cells`; events reach records by keyed
-- tokens. An event is corrected or cancelled by another one, never changed.
CREATE TABLE retention_events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    occurred_on TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C",
    record_id TEXT COLLATE "C",
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    source_token BYTEA UNIQUE,
    corrects TEXT COLLATE "C" UNIQUE,
    cancels TEXT COLLATE "C" UNIQUE
);
CREATE INDEX retention_events_recorded ON retention_events (recorded_at, id);

CREATE TABLE retention_event_keys (
    event_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    PRIMARY KEY (event_id, name, token)
);
CREATE INDEX retention_event_keys_token ON retention_event_keys (token, event_id);

-- By which keys events reach a record. This and the next two are worked out again from the records.
CREATE TABLE record_keys (
    record_id TEXT COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    PRIMARY KEY (record_id, token)
);
CREATE INDEX record_keys_token ON record_keys (token, record_id);

-- What the judge knows of a record, sealed under its current version's key, and what he last said: as soon as
-- `wake_at` has come he is asked again.
CREATE TABLE record_retention (
    record_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    policy BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    restricted BOOLEAN NOT NULL,
    judged_at BIGINT NOT NULL,
    wake_at BIGINT
);
CREATE INDEX record_retention_wake ON record_retention (wake_at, record_id);
CREATE INDEX record_retention_policy ON record_retention (policy, record_id);

-- On which lists a record stands: due, starved triggers, conflicts.
CREATE TABLE retention_queues (
    record_id TEXT COLLATE "C" NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record_id, queue)
);
CREATE INDEX retention_queues_queue ON retention_queues (queue, record_id);

-- ── Policies: one block, see src/archive/policies ──

-- Retention policies. What a version says is sealed in `cells`; its SHA-256 is its identity and stands in clear.
CREATE TABLE policies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    versions BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE policy_versions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    policy_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    submitted_at BIGINT,
    submitted_by TEXT COLLATE "C",
    reviewed_at BIGINT,
    reviewed_by TEXT COLLATE "C",
    published_at BIGINT,
    published_by TEXT COLLATE "C",
    countersigned_by TEXT COLLATE "C",
    simulation BYTEA,
    effective_from BIGINT,
    effective_to BIGINT,
    retired_at BIGINT,
    retired_by TEXT COLLATE "C",
    rebased_from BIGINT,
    UNIQUE (policy_id, version)
);

-- A review (制度评审) of a policy, or of one of its rules.
CREATE TABLE policy_reviews (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    policy_id TEXT COLLATE "C" NOT NULL,
    version_id TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C",
    held_on TEXT COLLATE "C" NOT NULL,
    decision TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX policy_reviews_policy ON policy_reviews (policy_id, held_on);

-- Who has read a published version (宣贯).
CREATE TABLE policy_acknowledgements (
    version_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    acknowledged_at BIGINT NOT NULL,
    PRIMARY KEY (version_id, user_id)
);

CREATE TABLE policy_suggestions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version_id TEXT COLLATE "C" NOT NULL,
    rule TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    decided_at BIGINT,
    decided_by TEXT COLLATE "C"
);
CREATE INDEX policy_suggestions_version ON policy_suggestions (version_id, made_at);

-- When the effect of a published version is to be evaluated (效果评估), and what came of it.
CREATE TABLE policy_evaluations (
    version_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    due_on TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C",
    evaluated_at BIGINT,
    evaluated_by TEXT COLLATE "C"
);

-- What a version would change, run against the archive as it was; the report is sealed.
CREATE TABLE simulations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version_id TEXT COLLATE "C" NOT NULL,
    policy_hash BYTEA NOT NULL,
    against BYTEA,
    as_of BIGINT NOT NULL,
    result BYTEA NOT NULL,
    judged BIGINT NOT NULL,
    newly_due BIGINT NOT NULL,
    ledger_size BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX simulations_version ON simulations (version_id, made_at);

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
-- Words that a document does not have for readers of redacted text.
CREATE UNLOGGED TABLE index_withheld (
    docid BIGINT NOT NULL,
    part BIGINT NOT NULL,
    lexemes TSVECTOR NOT NULL,
    PRIMARY KEY (docid, part)
);
CREATE INDEX index_withheld_lexemes ON index_withheld USING GIN (lexemes);
CREATE INDEX index_withheld_several ON index_withheld (docid) WHERE part > 0;
