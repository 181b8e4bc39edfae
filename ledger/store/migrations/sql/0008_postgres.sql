-- Tables of the read side: what is due and what met it; births of keys, and what may make data due,
-- for whoever sweeps. Events of before say all of this, so everything is read again.

CREATE TABLE dues (
    event       uuid NOT NULL,
    number      bigint NOT NULL,
    position    bigint NOT NULL,
    recorded_at bigint NOT NULL,
    stream      uuid NOT NULL,
    kind        text NOT NULL,
    ref         uuid NOT NULL,
    due         date NOT NULL,
    until       date,
    owner       text,
    about       text,
    recipient   uuid,
    irregular   uuid,
    keys        bigint NOT NULL
);
CREATE UNIQUE INDEX dues_key ON dues (event, number);
CREATE INDEX dues_ref ON dues (ref, position);
CREATE INDEX dues_due ON dues (kind, due);

CREATE TABLE dues_met (
    event       uuid NOT NULL,
    position    bigint NOT NULL,
    recorded_at bigint NOT NULL,
    kind        text NOT NULL,
    ref         uuid NOT NULL,
    by          uuid NOT NULL,
    keys        bigint NOT NULL
);
CREATE UNIQUE INDEX dues_met_key ON dues_met (event);
CREATE INDEX dues_met_ref ON dues_met (ref, position);
CREATE INDEX dues_met_kind ON dues_met (kind, recorded_at);

CREATE TABLE due_keys (
    kid             bytea NOT NULL,
    stream          uuid NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    born            date NOT NULL
);
CREATE UNIQUE INDEX due_keys_key ON due_keys (kid);
CREATE INDEX due_keys_born ON due_keys (retention_class, born);
CREATE INDEX due_keys_scope ON due_keys (retention_class, scope);

CREATE TABLE due_marks (
    event  uuid NOT NULL,
    number bigint NOT NULL,
    stream uuid NOT NULL,
    kind   text NOT NULL,
    day    date NOT NULL,
    about  text
);
CREATE UNIQUE INDEX due_marks_key ON due_marks (event, number);
CREATE INDEX due_marks_kind ON due_marks (kind, day);

TRUNCATE annulments,
    actors,
    disclosures,
    authorisations,
    key_states,
    key_deaths,
    erasures,
    retained_slots,
    recipients,
    standing_access,
    orders,
    order_words,
    irregularities,
    audit_trail,
    claims,
    claim_releases,
    collections,
    collection_purposes,
    consents,
    switches,
    openings,
    policies,
    runs,
    run_steps,
    run_ends,
    subjects,
    profile_items;
UPDATE projection_progress SET position = 0;
