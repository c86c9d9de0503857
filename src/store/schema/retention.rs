//! The tables of holds, policies and events, and of where records stand under them.

diesel::table! {
    holds (id) {
        id -> Text,
        matter_id -> Text,
        kind -> Text,
        mode -> Text,
        state -> Text,
        confidential -> Bool,
        zone -> Text,
        grace_days -> BigInt,
        review_by -> Nullable<Text>,
        batches -> BigInt,
        members -> BigInt,
        placed_at -> BigInt,
        placed_by -> Text,
        released_at -> Nullable<BigInt>,
        released_by -> Nullable<Text>,
        rests_until -> Nullable<BigInt>,
        blind -> Nullable<Binary>,
    }
}

diesel::table! {
    hold_members (hold_id, token) {
        hold_id -> Text,
        token -> Binary,
        batch -> BigInt,
        named -> Binary,
    }
}

diesel::table! {
    hold_notices (id) {
        id -> Text,
        hold_id -> Text,
        noticed_at -> BigInt,
        noticed_by -> Text,
        blind -> Nullable<Binary>,
    }
}

diesel::table! {
    hold_recipients (notice_id, user_id) {
        notice_id -> Text,
        user_id -> Text,
        acknowledged_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    policies (id) {
        id -> Text,
        owner -> Text,
        state -> Text,
        versions -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    policy_versions (id) {
        id -> Text,
        policy_id -> Text,
        version -> BigInt,
        hash -> Binary,
        stage -> Text,
        created_at -> BigInt,
        created_by -> Text,
        submitted_at -> Nullable<BigInt>,
        submitted_by -> Nullable<Text>,
        reviewed_at -> Nullable<BigInt>,
        reviewed_by -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        published_by -> Nullable<Text>,
        countersigned_by -> Nullable<Text>,
        simulation -> Nullable<Binary>,
        effective_from -> Nullable<BigInt>,
        effective_to -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
        retired_by -> Nullable<Text>,
        rebased_from -> Nullable<BigInt>,
    }
}

diesel::table! {
    policy_reviews (id) {
        id -> Text,
        policy_id -> Text,
        version_id -> Text,
        rule -> Nullable<Text>,
        held_on -> Text,
        decision -> Text,
        recorded_at -> BigInt,
        recorded_by -> Text,
    }
}

diesel::table! {
    policy_acknowledgements (version_id, user_id) {
        version_id -> Text,
        user_id -> Text,
        acknowledged_at -> BigInt,
    }
}

diesel::table! {
    policy_suggestions (id) {
        id -> Text,
        version_id -> Text,
        rule -> Nullable<Text>,
        state -> Text,
        made_at -> BigInt,
        made_by -> Text,
        decided_at -> Nullable<BigInt>,
        decided_by -> Nullable<Text>,
    }
}

diesel::table! {
    policy_evaluations (version_id) {
        version_id -> Text,
        due_on -> Text,
        outcome -> Nullable<Text>,
        evaluated_at -> Nullable<BigInt>,
        evaluated_by -> Nullable<Text>,
    }
}

diesel::table! {
    simulations (id) {
        id -> Text,
        version_id -> Text,
        policy_hash -> Binary,
        against -> Nullable<Binary>,
        as_of -> BigInt,
        result -> Binary,
        judged -> BigInt,
        newly_due -> BigInt,
        ledger_size -> BigInt,
        made_at -> BigInt,
        made_by -> Text,
    }
}

diesel::table! {
    retention_events (id) {
        id -> Text,
        kind -> Text,
        occurred_on -> Text,
        zone -> Text,
        case_id -> Nullable<Text>,
        record_id -> Nullable<Text>,
        recorded_at -> BigInt,
        recorded_by -> Text,
        source_token -> Nullable<Binary>,
        corrects -> Nullable<Text>,
        cancels -> Nullable<Text>,
    }
}

diesel::table! {
    retention_event_keys (event_id, name, token) {
        event_id -> Text,
        name -> Text,
        token -> Binary,
    }
}

diesel::table! {
    record_keys (record_id, token) {
        record_id -> Text,
        token -> Binary,
    }
}

diesel::table! {
    record_retention (record_id) {
        record_id -> Text,
        version -> BigInt,
        policy -> Binary,
        sealed -> Binary,
        state -> Text,
        restricted -> Bool,
        judged_at -> BigInt,
        wake_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    retention_queues (record_id, queue) {
        record_id -> Text,
        queue -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(retention_events, retention_event_keys);
