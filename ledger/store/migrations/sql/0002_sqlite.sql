-- The tables of the read side, for SQLite. Every row is a function of the events: they can be
-- emptied and read again from the first position at any time. An id is a 16-byte BLOB, a time is
-- µs since 1970, UTC, a date is ISO text, a list is JSON text, a value is sealed.

CREATE TABLE projection_progress (
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;

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
    digest       BLOB NOT NULL,
    PRIMARY KEY (version)
) STRICT;

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
    name         BLOB,
    PRIMARY KEY (actor)
) STRICT;

CREATE TABLE recipients (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    recipient         BLOB NOT NULL,
    version           INTEGER NOT NULL,
    code              TEXT NOT NULL,
    kind              TEXT NOT NULL,
    agreement         TEXT,
    valid_until       TEXT,
    contact           BLOB,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE UNIQUE INDEX recipients_recipient ON recipients (recipient, version);

CREATE TABLE standing_access (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    recipient         BLOB NOT NULL,
    purpose           TEXT NOT NULL,
    classes           TEXT NOT NULL,
    country           TEXT NOT NULL,
    since             TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX standing_access_recipient ON standing_access (recipient, position);

CREATE TABLE subjects (
    event            BLOB NOT NULL,
    position         INTEGER NOT NULL,
    occurred_at      INTEGER NOT NULL,
    recorded_at      INTEGER NOT NULL,
    by               BLOB NOT NULL,
    by_kind          TEXT NOT NULL,
    on_behalf_of     BLOB,
    policy           INTEGER NOT NULL,
    subject          BLOB NOT NULL,
    service          TEXT,
    source           TEXT,
    changed_event    BLOB NOT NULL,
    changed_position INTEGER NOT NULL,
    erased_position  INTEGER,
    PRIMARY KEY (subject)
) STRICT;
CREATE UNIQUE INDEX subjects_position ON subjects (position);

CREATE TABLE profile_items (
    event               BLOB NOT NULL,
    position            INTEGER NOT NULL,
    occurred_at         INTEGER NOT NULL,
    recorded_at         INTEGER NOT NULL,
    by                  BLOB NOT NULL,
    by_kind             TEXT NOT NULL,
    on_behalf_of        BLOB,
    policy              INTEGER NOT NULL,
    field               TEXT NOT NULL,
    subject             BLOB NOT NULL,
    attribute           TEXT NOT NULL,
    number              INTEGER NOT NULL,
    retention_class     TEXT NOT NULL,
    scope               TEXT NOT NULL,
    kid                 BLOB NOT NULL,
    value               BLOB NOT NULL,
    told                INTEGER,
    source              TEXT,
    purposes            TEXT NOT NULL,
    service             TEXT,
    country             TEXT,
    collection          BLOB NOT NULL,
    superseded_event    BLOB,
    superseded_position INTEGER,
    annulled_position   INTEGER,
    erased_position     INTEGER,
    erased_at           INTEGER,
    PRIMARY KEY (event, field)
) STRICT;
CREATE INDEX profile_items_subject ON profile_items (subject, position);

CREATE TABLE collections (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    subject           BLOB NOT NULL,
    told              INTEGER NOT NULL,
    source            TEXT,
    supplier          BLOB,
    notice_version    TEXT,
    notice_language   TEXT,
    notice_digest     BLOB,
    service           TEXT,
    country           TEXT,
    purposes          TEXT NOT NULL,
    unlisted          BLOB,
    findings          TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX collections_subject ON collections (subject, position);

CREATE TABLE consents (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    subject           BLOB NOT NULL,
    given             INTEGER NOT NULL,
    purpose           TEXT,
    service           TEXT,
    notice_version    TEXT,
    notice_language   TEXT,
    notice_digest     BLOB,
    statement         BLOB,
    unlisted          BLOB,
    findings          TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX consents_subject ON consents (subject, position);

CREATE TABLE switches (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    subject           BLOB NOT NULL,
    purpose           TEXT NOT NULL,
    all_services      INTEGER NOT NULL,
    services          TEXT NOT NULL,
    state             TEXT NOT NULL,
    findings          TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX switches_subject ON switches (subject, position);

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
    findings            TEXT NOT NULL,
    annulled_position   INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE UNIQUE INDEX disclosures_position ON disclosures (position);
CREATE INDEX disclosures_recipient ON disclosures (recipient, position);
CREATE INDEX disclosures_subject ON disclosures (subject, position);

CREATE TABLE authorisations (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    disclosure        BLOB NOT NULL,
    subject           BLOB NOT NULL,
    recipient         BLOB NOT NULL,
    agreement         INTEGER NOT NULL,
    purpose           TEXT NOT NULL,
    ground            TEXT NOT NULL,
    ground_reference  BLOB,
    country           TEXT NOT NULL,
    safeguard         TEXT,
    channel           TEXT,
    items             TEXT NOT NULL,
    expires_at        INTEGER NOT NULL,
    hidden_until      TEXT,
    used_position     INTEGER,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX authorisations_disclosure ON authorisations (disclosure);
CREATE INDEX authorisations_subject ON authorisations (subject, position);

CREATE TABLE runs (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    run               BLOB NOT NULL,
    purpose           TEXT,
    service           TEXT,
    country           TEXT,
    attributes        TEXT NOT NULL,
    asked             INTEGER,
    admitted          INTEGER,
    chunks            INTEGER,
    refused           TEXT NOT NULL,
    finished_position INTEGER,
    finished_at       INTEGER,
    processed         INTEGER,
    excluded          INTEGER,
    PRIMARY KEY (run)
) STRICT;
CREATE UNIQUE INDEX runs_position ON runs (position);

CREATE TABLE run_steps (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    run               BLOB NOT NULL,
    subject           BLOB NOT NULL,
    step              TEXT NOT NULL,
    chunk             INTEGER,
    stage             TEXT,
    rule              TEXT,
    findings          TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (position, subject)
) STRICT;
CREATE INDEX run_steps_run ON run_steps (run, subject, position);
CREATE INDEX run_steps_subject ON run_steps (subject, position);

CREATE TABLE claims (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    claim             BLOB NOT NULL,
    subject           BLOB NOT NULL,
    ground            TEXT NOT NULL,
    law               TEXT,
    covers            TEXT NOT NULL,
    until             TEXT,
    review            TEXT,
    decided_by        TEXT NOT NULL,
    reference         BLOB,
    findings          TEXT NOT NULL,
    released_event    BLOB,
    released_position INTEGER,
    released_at       INTEGER,
    released_reason   TEXT,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE INDEX claims_subject ON claims (subject, position);

CREATE TABLE erasures (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    erasure           BLOB NOT NULL,
    subject           BLOB NOT NULL,
    whole             INTEGER NOT NULL,
    slots             TEXT NOT NULL,
    statement         BLOB,
    erased_position   INTEGER,
    erased_at         INTEGER,
    closed_position   INTEGER,
    closed_at         INTEGER,
    annulled_position INTEGER,
    PRIMARY KEY (erasure)
) STRICT;
CREATE INDEX erasures_subject ON erasures (subject, position);

CREATE TABLE retained_slots (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    number            INTEGER NOT NULL,
    erasure           BLOB NOT NULL,
    subject           BLOB NOT NULL,
    retention_class   TEXT NOT NULL,
    scope             TEXT NOT NULL,
    ground            TEXT NOT NULL,
    law               TEXT,
    until             TEXT,
    review            TEXT,
    decided_by        TEXT NOT NULL,
    claim             BLOB,
    replaced_position INTEGER,
    erased_position   INTEGER,
    erased_at         INTEGER,
    annulled_position INTEGER,
    PRIMARY KEY (event, number)
) STRICT;
CREATE INDEX retained_slots_erasure ON retained_slots (erasure);
CREATE INDEX retained_slots_subject ON retained_slots (subject);

CREATE TABLE orders (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    order_id          BLOB NOT NULL,
    subject           BLOB NOT NULL,
    erasure           BLOB,
    recipient         BLOB,
    disclosure        BLOB,
    classes           TEXT NOT NULL,
    hidden_until      TEXT,
    notified_event    BLOB,
    notified_position INTEGER,
    notified_at       INTEGER,
    notified_channel  TEXT,
    notified_note     BLOB,
    answered_event    BLOB,
    answered_position INTEGER,
    answered_at       INTEGER,
    answer            TEXT,
    answer_note       BLOB,
    annulled_position INTEGER,
    PRIMARY KEY (order_id)
) STRICT;
CREATE INDEX orders_erasure ON orders (erasure);
CREATE INDEX orders_subject ON orders (subject, position);

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
    chunk        INTEGER,
    PRIMARY KEY (position, subject)
) STRICT;
CREATE INDEX openings_subject ON openings (subject, position);

CREATE TABLE irregularities (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    irregularity      BLOB NOT NULL,
    stream            BLOB NOT NULL,
    entry             BLOB NOT NULL,
    owner             TEXT NOT NULL,
    due               TEXT NOT NULL,
    findings          TEXT NOT NULL,
    annulled_position INTEGER,
    PRIMARY KEY (event)
) STRICT;
CREATE UNIQUE INDEX irregularities_position ON irregularities (position);
CREATE INDEX irregularities_stream ON irregularities (stream, position);

CREATE TABLE audit_trail (
    event             BLOB NOT NULL,
    position          INTEGER NOT NULL,
    occurred_at       INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    by                BLOB NOT NULL,
    by_kind           TEXT NOT NULL,
    on_behalf_of      BLOB,
    policy            INTEGER NOT NULL,
    concerns          BLOB NOT NULL,
    stream            BLOB NOT NULL,
    topic             TEXT NOT NULL,
    purpose           TEXT,
    recipient         BLOB,
    ground            TEXT,
    reason            TEXT,
    command           TEXT,
    rule              TEXT,
    entry             BLOB,
    findings          TEXT NOT NULL,
    hidden_until      TEXT,
    annulled_position INTEGER,
    PRIMARY KEY (concerns, position)
) STRICT;
CREATE INDEX audit_trail_by ON audit_trail (by, position);
CREATE INDEX audit_trail_event ON audit_trail (event);
CREATE INDEX audit_trail_position ON audit_trail (position);

CREATE TABLE key_states (
    kid             BLOB NOT NULL,
    stream          BLOB NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    generation      INTEGER NOT NULL,
    minted_event    BLOB NOT NULL,
    minted_position INTEGER NOT NULL,
    minted_at       INTEGER NOT NULL,
    dead_event      BLOB,
    dead_position   INTEGER,
    dead_at         INTEGER,
    dies_with       INTEGER,
    erasure         BLOB,
    cause           TEXT,
    PRIMARY KEY (kid)
) STRICT;
CREATE INDEX key_states_erasure ON key_states (erasure);
CREATE INDEX key_states_stream ON key_states (stream, minted_position);

INSERT INTO projection_progress (name, position) VALUES ('projections', 0);
