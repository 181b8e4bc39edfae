-- The tables of the read side, anew: they only grow. What came of a row later (annulled, released,
-- answered, died …) is a row of its own, so an erasure of 100,000 values writes a few rows, and a
-- rebuild is a load. They are emptied here and read again from the first position. A table's key is
-- a unique index, because indexes can be built after the rows.

DROP TABLE policies;
DROP TABLE actors;
DROP TABLE recipients;
DROP TABLE standing_access;
DROP TABLE subjects;
DROP TABLE profile_items;
DROP TABLE collections;
DROP TABLE consents;
DROP TABLE switches;
DROP TABLE disclosures;
DROP TABLE authorisations;
DROP TABLE runs;
DROP TABLE run_steps;
DROP TABLE claims;
DROP TABLE erasures;
DROP TABLE retained_slots;
DROP TABLE orders;
DROP TABLE openings;
DROP TABLE irregularities;
DROP TABLE audit_trail;
DROP TABLE key_states;

CREATE TABLE annulments (
    entry    uuid NOT NULL,
    stream   uuid NOT NULL,
    event    uuid NOT NULL,
    position bigint NOT NULL
);
CREATE UNIQUE INDEX annulments_key ON annulments (entry, position);
CREATE INDEX annulments_stream ON annulments (stream, position);

CREATE TABLE actors (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    actor        uuid NOT NULL,
    kind         text NOT NULL,
    function     text,
    name         bytea
);
CREATE UNIQUE INDEX actors_key ON actors (actor);

CREATE TABLE disclosures (
    event               uuid NOT NULL,
    position            bigint NOT NULL,
    occurred_at         bigint NOT NULL,
    recorded_at         bigint NOT NULL,
    by                  uuid NOT NULL,
    by_kind             text NOT NULL,
    on_behalf_of        uuid,
    policy              bigint NOT NULL,
    disclosure          uuid NOT NULL,
    subject             uuid NOT NULL,
    authorisation       uuid,
    recipient           uuid,
    agreement           bigint,
    unlisted            bytea,
    purpose             text,
    ground              text,
    ground_reference    bytea,
    country             text,
    safeguard           text,
    channel             text,
    items               text NOT NULL,
    recipient_reference bytea,
    hidden_until        date,
    findings            text NOT NULL
);
CREATE UNIQUE INDEX disclosures_key ON disclosures (event);
CREATE INDEX disclosures_authorisation ON disclosures (authorisation);
CREATE INDEX disclosures_ground ON disclosures (ground, position);
CREATE UNIQUE INDEX disclosures_position ON disclosures (position);
CREATE INDEX disclosures_purpose ON disclosures (purpose, position);
CREATE INDEX disclosures_recipient ON disclosures (recipient, position);
CREATE INDEX disclosures_subject ON disclosures (subject, position);

CREATE TABLE authorisations (
    event            uuid NOT NULL,
    position         bigint NOT NULL,
    occurred_at      bigint NOT NULL,
    recorded_at      bigint NOT NULL,
    by               uuid NOT NULL,
    by_kind          text NOT NULL,
    on_behalf_of     uuid,
    policy           bigint NOT NULL,
    disclosure       uuid NOT NULL,
    subject          uuid NOT NULL,
    recipient        uuid NOT NULL,
    agreement        bigint NOT NULL,
    purpose          text NOT NULL,
    ground           text NOT NULL,
    ground_reference bytea,
    country          text NOT NULL,
    safeguard        text,
    channel          text,
    items            text NOT NULL,
    expires_at       bigint NOT NULL,
    hidden_until     date
);
CREATE UNIQUE INDEX authorisations_key ON authorisations (event);
CREATE INDEX authorisations_disclosure ON authorisations (disclosure);
CREATE INDEX authorisations_subject ON authorisations (subject, position);

CREATE TABLE key_states (
    kid             bytea NOT NULL,
    stream          uuid NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    generation      bigint NOT NULL,
    minted_event    uuid NOT NULL,
    minted_position bigint NOT NULL,
    minted_at       bigint NOT NULL
);
CREATE UNIQUE INDEX key_states_key ON key_states (kid);
CREATE INDEX key_states_stream ON key_states (stream, minted_position);

CREATE TABLE key_deaths (
    kid           bytea NOT NULL,
    stream        uuid NOT NULL,
    dead_event    uuid NOT NULL,
    dead_position bigint NOT NULL,
    dead_at       bigint NOT NULL,
    dies_with     bigint NOT NULL,
    erasure       uuid,
    cause         text
);
CREATE UNIQUE INDEX key_deaths_key ON key_deaths (kid);
CREATE INDEX key_deaths_erasure ON key_deaths (erasure);
CREATE INDEX key_deaths_stream ON key_deaths (stream, dead_position);

CREATE TABLE erasures (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    step         text NOT NULL,
    erasure      uuid,
    whole        boolean,
    slots        text,
    statement    bytea,
    ordered      boolean NOT NULL
);
CREATE UNIQUE INDEX erasures_key ON erasures (event);
CREATE INDEX erasures_erasure ON erasures (erasure, position);
CREATE INDEX erasures_subject ON erasures (subject, position);

CREATE TABLE retained_slots (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    number          bigint NOT NULL,
    erasure         uuid NOT NULL,
    subject         uuid NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    ground          text NOT NULL,
    law             text,
    until           date,
    review          date,
    decided_by      text NOT NULL,
    claim           uuid
);
CREATE UNIQUE INDEX retained_slots_key ON retained_slots (event, number);
CREATE INDEX retained_slots_erasure ON retained_slots (erasure);

CREATE TABLE recipients (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    recipient    uuid NOT NULL,
    version      bigint NOT NULL,
    code         text NOT NULL,
    kind         text NOT NULL,
    agreement    text,
    valid_until  date,
    contact      bytea
);
CREATE UNIQUE INDEX recipients_key ON recipients (event);
CREATE UNIQUE INDEX recipients_recipient ON recipients (recipient, version);

CREATE TABLE standing_access (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    recipient    uuid NOT NULL,
    purpose      text NOT NULL,
    classes      text NOT NULL,
    country      text NOT NULL,
    since        date NOT NULL
);
CREATE UNIQUE INDEX standing_access_key ON standing_access (event);
CREATE INDEX standing_access_recipient ON standing_access (recipient, position);

CREATE TABLE orders (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    order_id     uuid NOT NULL,
    subject      uuid NOT NULL,
    erasure      uuid,
    recipient    uuid,
    disclosure   uuid,
    classes      text NOT NULL,
    hidden_until date
);
CREATE UNIQUE INDEX orders_key ON orders (order_id);
CREATE INDEX orders_erasure ON orders (erasure);
CREATE INDEX orders_subject ON orders (subject, position);

CREATE TABLE order_words (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    order_id     uuid NOT NULL,
    subject      uuid NOT NULL,
    said         text NOT NULL,
    channel      text,
    note         bytea
);
CREATE UNIQUE INDEX order_words_key ON order_words (order_id, position);
CREATE INDEX order_words_subject ON order_words (subject, position);

CREATE TABLE irregularities (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    irregularity uuid NOT NULL,
    stream       uuid NOT NULL,
    entry        uuid NOT NULL,
    owner        text NOT NULL,
    due          date NOT NULL,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX irregularities_key ON irregularities (event);
CREATE UNIQUE INDEX irregularities_position ON irregularities (position);
CREATE INDEX irregularities_stream ON irregularities (stream, position);

CREATE TABLE audit_trail (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    concerns     uuid NOT NULL,
    stream       uuid NOT NULL,
    topic        text NOT NULL,
    purpose      text,
    recipient    uuid,
    ground       text,
    reason       text,
    command      text,
    rule         text,
    entry        uuid,
    findings     text NOT NULL,
    hidden_until date
);
CREATE UNIQUE INDEX audit_trail_key ON audit_trail (concerns, position);
CREATE INDEX audit_trail_by ON audit_trail (by, position);
CREATE INDEX audit_trail_hidden ON audit_trail (concerns) WHERE hidden_until IS NOT NULL;
CREATE INDEX audit_trail_position ON audit_trail (position);

CREATE TABLE claims (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    claim        uuid NOT NULL,
    subject      uuid NOT NULL,
    ground       text NOT NULL,
    law          text,
    covers       text NOT NULL,
    until        date,
    review       date,
    decided_by   text NOT NULL,
    reference    bytea,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX claims_key ON claims (event);
CREATE INDEX claims_subject ON claims (subject, position);

CREATE TABLE claim_releases (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    claim        uuid NOT NULL,
    subject      uuid NOT NULL,
    reason       text
);
CREATE UNIQUE INDEX claim_releases_key ON claim_releases (claim, position);

CREATE TABLE collections (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    subject         uuid NOT NULL,
    told            boolean NOT NULL,
    source          text,
    supplier        bytea,
    notice_version  text,
    notice_language text,
    notice_digest   bytea,
    service         text,
    country         text,
    purposes        text NOT NULL,
    unlisted        bytea,
    findings        text NOT NULL
);
CREATE UNIQUE INDEX collections_key ON collections (event);
CREATE INDEX collections_subject ON collections (subject, position);

CREATE TABLE collection_purposes (
    purpose  text NOT NULL,
    position bigint NOT NULL,
    event    uuid NOT NULL,
    subject  uuid NOT NULL
);
CREATE UNIQUE INDEX collection_purposes_key ON collection_purposes (purpose, position);

CREATE TABLE consents (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    subject         uuid NOT NULL,
    given           boolean NOT NULL,
    purpose         text,
    service         text,
    notice_version  text,
    notice_language text,
    notice_digest   bytea,
    statement       bytea,
    unlisted        bytea,
    findings        text NOT NULL
);
CREATE UNIQUE INDEX consents_key ON consents (event);
CREATE INDEX consents_subject ON consents (subject, position);

CREATE TABLE switches (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    purpose      text NOT NULL,
    all_services boolean NOT NULL,
    services     text NOT NULL,
    state        text NOT NULL,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX switches_key ON switches (event);
CREATE INDEX switches_subject ON switches (subject, position);

CREATE TABLE openings (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    stream       uuid NOT NULL,
    access       text NOT NULL,
    function     text,
    purpose      text,
    reason       text,
    attributes   text NOT NULL,
    run          uuid,
    chunk        bigint
);
CREATE UNIQUE INDEX openings_key ON openings (position, subject);
CREATE INDEX openings_subject ON openings (subject, position);

CREATE TABLE policies (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    version      bigint NOT NULL,
    label        text NOT NULL,
    effective    date NOT NULL,
    document     text NOT NULL,
    digest       bytea NOT NULL
);
CREATE UNIQUE INDEX policies_key ON policies (version);

CREATE TABLE runs (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    run          uuid NOT NULL,
    purpose      text,
    service      text,
    country      text,
    attributes   text NOT NULL,
    asked        bigint,
    admitted     bigint,
    chunks       bigint,
    refused      text NOT NULL
);
CREATE UNIQUE INDEX runs_key ON runs (run);
CREATE UNIQUE INDEX runs_position ON runs (position);

CREATE TABLE run_steps (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    run          uuid NOT NULL,
    subject      uuid NOT NULL,
    step         text NOT NULL,
    chunk        bigint,
    stage        text,
    rule         text,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX run_steps_key ON run_steps (position, subject);
CREATE INDEX run_steps_run ON run_steps (run, subject, position);
CREATE INDEX run_steps_subject ON run_steps (subject, position);

CREATE TABLE run_ends (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    run          uuid NOT NULL,
    processed    bigint NOT NULL,
    excluded     bigint NOT NULL
);
CREATE UNIQUE INDEX run_ends_key ON run_ends (run);

CREATE TABLE subjects (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    service      text,
    source       text
);
CREATE UNIQUE INDEX subjects_key ON subjects (subject);
CREATE UNIQUE INDEX subjects_position ON subjects (position);

CREATE TABLE profile_items (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    field           text NOT NULL,
    subject         uuid NOT NULL,
    attribute       text NOT NULL,
    number          bigint NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    kid             bytea NOT NULL,
    value           bytea NOT NULL,
    replaces_event  uuid,
    replaces_field  text,
    source          text
);
CREATE UNIQUE INDEX profile_items_key ON profile_items (event, field);
CREATE INDEX profile_items_replaces ON profile_items (replaces_event) WHERE replaces_event IS NOT NULL;
CREATE INDEX profile_items_subject ON profile_items (subject, position);

UPDATE projection_progress SET position = 0;
INSERT INTO projection_progress (name, position) VALUES ('rebuild', 0);
