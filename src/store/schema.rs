//! The tables as diesel sees them: one schema for both databases. The columns stand in the order of
//! `migrations/*/up.sql`; the parity test compares all three.

#![allow(missing_docs, reason = "the columns are described in the migrations")]

mod retention;

pub use retention::*;

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    ledger_entries (seq) {
        seq -> BigInt,
        at -> BigInt,
        kind -> Text,
        subject -> Text,
        body -> Binary,
    }
}

diesel::table! {
    ledger_tiles (level, tile) {
        level -> BigInt,
        tile -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    ledger_checkpoints (slot) {
        slot -> Text,
        size -> BigInt,
        at -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    cells (owner, part) {
        owner -> Text,
        part -> Text,
        epoch -> BigInt,
        generation -> BigInt,
        sealed -> Binary,
        digest -> Binary,
    }
}

diesel::table! {
    records (id) {
        id -> Text,
        kind -> Text,
        subkind -> Nullable<Text>,
        category -> Text,
        jurisdiction -> Text,
        case_id -> Nullable<Text>,
        state -> Text,
        version -> BigInt,
        source_token -> Nullable<Binary>,
        captured_at -> BigInt,
        captured_by -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    versions (record_id, version) {
        record_id -> Text,
        version -> BigInt,
        revision_token -> Nullable<Binary>,
        occurred_on -> Text,
        occurred_at -> Nullable<BigInt>,
        zone -> Text,
        received_at -> BigInt,
        captured_at -> BigInt,
        captured_by -> Text,
        late -> Bool,
        descriptor -> Binary,
        descriptor_digest -> Binary,
        descriptor_commitment -> Binary,
        facts -> Text,
        indexed_engine -> Nullable<Text>,
        detected_engine -> Nullable<Text>,
    }
}

diesel::table! {
    components (id) {
        id -> Text,
        record_id -> Text,
        version -> BigInt,
        ordinal -> BigInt,
        role -> Text,
        media_type -> Text,
        bytes -> BigInt,
        payload_bytes -> BigInt,
        payload_digest -> Binary,
        commitment -> Binary,
        place -> Text,
        state -> Text,
    }
}

diesel::table! {
    payloads (component_id) {
        component_id -> Text,
        bytes -> Binary,
    }
}

diesel::table! {
    segments (record_id) {
        record_id -> Text,
        case_id -> Nullable<Text>,
        entries -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
        root -> Binary,
        offsets -> Binary,
        offsets_digest -> Binary,
    }
}

diesel::table! {
    links (id) {
        id -> Text,
        from_record -> Text,
        kind -> Text,
        to_record -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    parties (id) {
        id -> Text,
        name_token -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    record_parties (record_id, version, party_id, role) {
        record_id -> Text,
        version -> BigInt,
        party_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    cases (id) {
        id -> Text,
        reference_token -> Binary,
        state -> Text,
        tier -> Nullable<Text>,
        priority -> Nullable<Text>,
        language -> Nullable<Text>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        zone -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    case_parties (case_id, party_id, role) {
        case_id -> Text,
        party_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    case_events (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        at -> BigInt,
        zone -> Text,
        recorded_at -> BigInt,
        recorded_by -> Text,
        record_id -> Nullable<Text>,
        cancels -> Nullable<Text>,
    }
}

diesel::table! {
    gap_explanations (id) {
        id -> Text,
        case_id -> Text,
        gap -> Text,
        record_id -> Nullable<Text>,
        at -> BigInt,
        by_user -> Text,
    }
}

diesel::table! {
    matters (id) {
        id -> Text,
        reference_token -> Binary,
        kind -> Text,
        state -> Text,
        evidence_deadline -> Nullable<Text>,
        hearing_on -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    matter_people (matter_id, user_id, duty) {
        matter_id -> Text,
        user_id -> Text,
        duty -> Text,
    }
}

// Holds.
diesel::table! {
    users (id) {
        id -> Text,
        name_token -> Binary,
        state -> Text,
        created_at -> BigInt,
        must_change_password -> Bool,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    grants (user_id, scope, scope_id) {
        user_id -> Text,
        scope -> Text,
        scope_id -> Text,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        user_id -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
        label -> Text,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        token_hash -> Binary,
        user_id -> Text,
        scopes -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    login_failures (name_token) {
        name_token -> Binary,
        failures -> BigInt,
        last_at -> BigInt,
        locked_until -> BigInt,
    }
}

diesel::table! {
    approvals (id) {
        id -> Text,
        action -> Text,
        subject -> Text,
        request_digest -> Binary,
        requested_by -> Text,
        requested_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency (actor, key_token) {
        actor -> Text,
        key_token -> Binary,
        request_digest -> Binary,
        subject -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        state -> Text,
        attempts -> BigInt,
        not_before -> BigInt,
        lease_until -> BigInt,
        done_units -> BigInt,
        total_units -> BigInt,
        error_code -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        finished_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    uploads (id) {
        id -> Text,
        actor -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        declared_bytes -> BigInt,
        component_id -> Nullable<Text>,
    }
}

diesel::table! {
    exports (id) {
        id -> Text,
        number -> BigInt,
        year -> BigInt,
        kind -> Text,
        state -> Text,
        case_id -> Nullable<Text>,
        matter_id -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        checkpoint_size -> BigInt,
        requested -> BigInt,
        exported -> BigInt,
        withheld -> BigInt,
        failed -> BigInt,
        bundle_digest -> Nullable<Binary>,
        bundle_bytes -> BigInt,
    }
}

diesel::table! {
    detections (record_id, version) {
        record_id -> Text,
        version -> BigInt,
        engine -> Text,
        sealed -> Binary,
        digest -> Binary,
    }
}

diesel::table! {
    detected_types (record_id, kind) {
        record_id -> Text,
        kind -> Text,
        places -> BigInt,
        unsure -> BigInt,
    }
}

diesel::table! {
    index_rows (docid) {
        docid -> BigInt,
        record_id -> Text,
        version -> BigInt,
        entries -> BigInt,
        pieces -> BigInt,
        domain -> Text,
        engine -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    records,
    versions,
    detected_types,
    detections,
    index_rows,
    record_parties,
    segments,
    parties,
    cases,
    case_parties,
    record_keys,
    record_retention,
    retention_queues
);
diesel::allow_tables_to_appear_in_same_query!(users, user_roles);
