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
    entry    BLOB NOT NULL,
    stream   BLOB NOT NULL,
    event    BLOB NOT NULL,
    position INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX annulments_key ON annulments (entry, position);
CREATE INDEX annulments_stream ON annulments (stream, position);

CREATE TABLE actors (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    actor        BLOB NOT NULL,
    kind         TEXT NOT NULL,
    function     TEXT,
    name         BLOB
) STRICT;
CREATE UNIQUE INDEX actors_key ON actors (actor);

CREATE TABLE disclosures (
    event               BLOB NOT NULL,
    position            INTEGER NOT NULL,
    occurred_at         INTEGER NOT NULL,
    recorded_at         INTEGER NOT NULL,
    by                  BLOB NOT NULL,
    by_kind             TEXT NOT NULL,
    on_behalf_of        BLOB,
    policy              INTEGER NOT NULL,
    disclosure          BLOB NOT NULL,
    subject             BLOB NOT NULL,
    authorisation       BLOB,
    recipient           BLOB,
    agreement           INTEGER,
    unlisted            BLOB,
    purpose             TEXT,
    ground              TEXT,
    ground_reference    BLOB,
    country             TEXT,
    safeguard           TEXT,
    channel             TEXT,
    items               TEXT NOT NULL,
    recipient_reference BLOB,
    hidden_until        TEXT,
    findings            TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX disclosures_key ON disclosures (event);
CREATE INDEX disclosures_authorisation ON disclosures (authorisation);
CREATE INDEX disclosures_ground ON disclosures (ground, position);
CREATE UNIQUE INDEX disclosures_position ON disclosures (position);
CREATE INDEX disclosures_purpose ON disclosures (purpose, position);
CREATE INDEX disclosures_recipient ON disclosures (recipient, position);
CREATE INDEX disclosures_subject ON disclosures (subject, position);

CREATE TABLE authorisations (
    event            BLOB NOT NULL,
    position         INTEGER NOT NULL,
    occurred_at      INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    by               BLOB NOT NULL,
    by_kind          TEXT NOT NULL,
    on_behalf_of     BLOB,
    policy           INTEGER NOT NULL,
    disclosure       BLOB NOT NULL,
    subject          BLOB NOT NULL,
    recipient        BLOB NOT NULL,
    agreement        INTEGER NOT NULL,
    purpose          TEXT NOT NULL,
    ground           TEXT NOT NULL,
    ground_reference BLOB,
    country          TEXT NOT NULL,
    safeguard        TEXT,
    channel          TEXT,
    items            TEXT NOT NULL,
    expires_at       INTEGER NOT NULL,
    hidden_until     TEXT
) STRICT;
CREATE UNIQUE INDEX authorisations_key ON authorisations (event);
CREATE INDEX authorisations_disclosure ON authorisations (disclosure);
CREATE INDEX authorisations_subject ON authorisations (subject, position);

CREATE TABLE key_states (
    kid             BLOB NOT NULL,
    stream          BLOB NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    generation      INTEGER NOT NULL,
    minted_event    BLOB NOT NULL,
    minted_position INTEGER NOT NULL,
    minted_at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX key_states_key ON key_states (kid);
CREATE INDEX key_states_stream ON key_states (stream, minted_position);

CREATE TABLE key_deaths (
    kid           BLOB NOT NULL,
    stream        BLOB NOT NULL,
    dead_event    BLOB NOT NULL,
    dead_position INTEGER NOT NULL,
    dead_at       INTEGER NOT NULL,
    dies_with     INTEGER NOT NULL,
    erasure       BLOB,
    cause         TEXT
) STRICT;
CREATE UNIQUE INDEX key_deaths_key ON key_deaths (kid);
CREATE INDEX key_deaths_erasure ON key_deaths (erasure);
CREATE INDEX key_deaths_stream ON key_deaths (stream, dead_position);

CREATE TABLE erasures (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    step         TEXT NOT NULL,
    erasure      BLOB,
    whole        INTEGER,
    slots        TEXT,
    statement    BLOB,
    ordered      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX erasures_key ON erasures (event);
CREATE INDEX erasures_erasure ON erasures (erasure, position);
CREATE INDEX erasures_subject ON erasures (subject, position);

CREATE TABLE retained_slots (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    erasure         BLOB NOT NULL,
    subject         BLOB NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    ground          TEXT NOT NULL,
    law             TEXT,
    until           TEXT,
    review          TEXT,
    decided_by      TEXT NOT NULL,
    claim           BLOB
) STRICT;
CREATE UNIQUE INDEX retained_slots_key ON retained_slots (event, number);
CREATE INDEX retained_slots_erasure ON retained_slots (erasure);

CREATE TABLE recipients (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    recipient    BLOB NOT NULL,
    version      INTEGER NOT NULL,
    code         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    agreement    TEXT,
    valid_until  TEXT,
    contact      BLOB
) STRICT;
CREATE UNIQUE INDEX recipients_key ON recipients (event);
CREATE UNIQUE INDEX recipients_recipient ON recipients (recipient, version);

CREATE TABLE standing_access (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    recipient    BLOB NOT NULL,
    purpose      TEXT NOT NULL,
    classes      TEXT NOT NULL,
    country      TEXT NOT NULL,
    since        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX standing_access_key ON standing_access (event);
CREATE INDEX standing_access_recipient ON standing_access (recipient, position);

CREATE TABLE orders (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    order_id     BLOB NOT NULL,
    subject      BLOB NOT NULL,
    erasure      BLOB,
    recipient    BLOB,
    disclosure   BLOB,
    classes      TEXT NOT NULL,
    hidden_until TEXT
) STRICT;
CREATE UNIQUE INDEX orders_key ON orders (order_id);
CREATE INDEX orders_erasure ON orders (erasure);
CREATE INDEX orders_subject ON orders (subject, position);

CREATE TABLE order_words (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    order_id     BLOB NOT NULL,
    subject      BLOB NOT NULL,
    said         TEXT NOT NULL,
    channel      TEXT,
    note         BLOB
) STRICT;
CREATE UNIQUE INDEX order_words_key ON order_words (order_id, position);
CREATE INDEX order_words_subject ON order_words (subject, position);

CREATE TABLE irregularities (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    irregularity BLOB NOT NULL,
    stream       BLOB NOT NULL,
    entry        BLOB NOT NULL,
    owner        TEXT NOT NULL,
    due          TEXT NOT NULL,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX irregularities_key ON irregularities (event);
CREATE UNIQUE INDEX irregularities_position ON irregularities (position);
CREATE INDEX irregularities_stream ON irregularities (stream, position);

CREATE TABLE audit_trail (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    concerns     BLOB NOT NULL,
    stream       BLOB NOT NULL,
    topic        TEXT NOT NULL,
    purpose      TEXT,
    recipient    BLOB,
    ground       TEXT,
    reason       TEXT,
    command      TEXT,
    rule         TEXT,
    entry        BLOB,
    findings     TEXT NOT NULL,
    hidden_until TEXT
) STRICT;
CREATE UNIQUE INDEX audit_trail_key ON audit_trail (concerns, position);
CREATE INDEX audit_trail_by ON audit_trail (by, position);
CREATE INDEX audit_trail_hidden ON audit_trail (concerns) WHERE hidden_until IS NOT NULL;
CREATE INDEX audit_trail_position ON audit_trail (position);

CREATE TABLE claims (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    claim        BLOB NOT NULL,
    subject      BLOB NOT NULL,
    ground       TEXT NOT NULL,
    law          TEXT,
    covers       TEXT NOT NULL,
    until        TEXT,
    review       TEXT,
    decided_by   TEXT NOT NULL,
    reference    BLOB,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX claims_key ON claims (event);
CREATE INDEX claims_subject ON claims (subject, position);

CREATE TABLE claim_releases (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    claim        BLOB NOT NULL,
    subject      BLOB NOT NULL,
    reason       TEXT
) STRICT;
CREATE UNIQUE INDEX claim_releases_key ON claim_releases (claim, position);

CREATE TABLE collections (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    subject         BLOB NOT NULL,
    told            INTEGER NOT NULL,
    source          TEXT,
    supplier        BLOB,
    notice_version  TEXT,
    notice_language TEXT,
    notice_digest   BLOB,
    service         TEXT,
    country         TEXT,
    purposes        TEXT NOT NULL,
    unlisted        BLOB,
    findings        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX collections_key ON collections (event);
CREATE INDEX collections_subject ON collections (subject, position);

CREATE TABLE collection_purposes (
    purpose  TEXT NOT NULL,
    position INTEGER NOT NULL,
    event    BLOB NOT NULL,
    subject  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX collection_purposes_key ON collection_purposes (purpose, position);

CREATE TABLE consents (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    subject         BLOB NOT NULL,
    given           INTEGER NOT NULL,
    purpose         TEXT,
    service         TEXT,
    notice_version  TEXT,
    notice_language TEXT,
    notice_digest   BLOB,
    statement       BLOB,
    unlisted        BLOB,
    findings        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX consents_key ON consents (event);
CREATE INDEX consents_subject ON consents (subject, position);

CREATE TABLE switches (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    purpose      TEXT NOT NULL,
    all_services INTEGER NOT NULL,
    services     TEXT NOT NULL,
    state        TEXT NOT NULL,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX switches_key ON switches (event);
CREATE INDEX switches_subject ON switches (subject, position);

CREATE TABLE openings (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    stream       BLOB NOT NULL,
    access       TEXT NOT NULL,
    function     TEXT,
    purpose      TEXT,
    reason       TEXT,
    attributes   TEXT NOT NULL,
    run          BLOB,
    chunk        INTEGER
) STRICT;
CREATE UNIQUE INDEX openings_key ON openings (position, subject);
CREATE INDEX openings_subject ON openings (subject, position);

CREATE TABLE policies (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    label        TEXT NOT NULL,
    effective    TEXT NOT NULL,
    document     TEXT NOT NULL,
    digest       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX policies_key ON policies (version);

CREATE TABLE runs (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    run          BLOB NOT NULL,
    purpose      TEXT,
    service      TEXT,
    country      TEXT,
    attributes   TEXT NOT NULL,
    asked        INTEGER,
    admitted     INTEGER,
    chunks       INTEGER,
    refused      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX runs_key ON runs (run);
CREATE UNIQUE INDEX runs_position ON runs (position);

CREATE TABLE run_steps (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    run          BLOB NOT NULL,
    subject      BLOB NOT NULL,
    step         TEXT NOT NULL,
    chunk        INTEGER,
    stage        TEXT,
    rule         TEXT,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX run_steps_key ON run_steps (position, subject);
CREATE INDEX run_steps_run ON run_steps (run, subject, position);
CREATE INDEX run_steps_subject ON run_steps (subject, position);

CREATE TABLE run_ends (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    run          BLOB NOT NULL,
    processed    INTEGER NOT NULL,
    excluded     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX run_ends_key ON run_ends (run);

CREATE TABLE subjects (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    service      TEXT,
    source       TEXT
) STRICT;
CREATE UNIQUE INDEX subjects_key ON subjects (subject);
CREATE UNIQUE INDEX subjects_position ON subjects (position);

CREATE TABLE profile_items (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    field           TEXT NOT NULL,
    subject         BLOB NOT NULL,
    attribute       TEXT NOT NULL,
    number          INTEGER NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    kid             BLOB NOT NULL,
    value           BLOB NOT NULL,
    replaces_event  BLOB,
    replaces_field  TEXT,
    source          TEXT
) STRICT;
CREATE UNIQUE INDEX profile_items_key ON profile_items (event, field);
CREATE INDEX profile_items_replaces ON profile_items (replaces_event) WHERE replaces_event IS NOT NULL;
CREATE INDEX profile_items_subject ON profile_items (subject, position);

UPDATE projection_progress SET position = 0;
INSERT INTO projection_progress (name, position) VALUES ('rebuild', 0);
