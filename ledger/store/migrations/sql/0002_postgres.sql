-- The tables of the read side, for PostgreSQL. Every row is a function of the events: they can be
-- emptied and read again from the first position at any time. Run with search_path = the ledger's
-- schema. A time is µs since 1970, UTC, a list is JSON text, a value is sealed.

CREATE TABLE projection_progress (
    name     text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (name)
);

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
    digest       bytea NOT NULL,
    PRIMARY KEY (version)
);

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
    name         bytea,
    PRIMARY KEY (actor)
);

CREATE TABLE recipients (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    recipient         uuid NOT NULL,
    version           bigint NOT NULL,
    code              text NOT NULL,
    kind              text NOT NULL,
    agreement         text,
    valid_until       date,
    contact           bytea,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE UNIQUE INDEX recipients_recipient ON recipients (recipient, version);

CREATE TABLE standing_access (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    recipient         uuid NOT NULL,
    purpose           text NOT NULL,
    classes           text NOT NULL,
    country           text NOT NULL,
    since             date NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX standing_access_recipient ON standing_access (recipient, position);

CREATE TABLE subjects (
    event            uuid NOT NULL,
    position         bigint NOT NULL,
    occurred_at      bigint NOT NULL,
    recorded_at      bigint NOT NULL,
    by               uuid NOT NULL,
    by_kind          text NOT NULL,
    on_behalf_of     uuid,
    policy           bigint NOT NULL,
    subject          uuid NOT NULL,
    service          text,
    source           text,
    changed_event    uuid NOT NULL,
    changed_position bigint NOT NULL,
    erased_position  bigint,
    PRIMARY KEY (subject)
);
CREATE UNIQUE INDEX subjects_position ON subjects (position);

CREATE TABLE profile_items (
    event               uuid NOT NULL,
    position            bigint NOT NULL,
    occurred_at         bigint NOT NULL,
    recorded_at         bigint NOT NULL,
    by                  uuid NOT NULL,
    by_kind             text NOT NULL,
    on_behalf_of        uuid,
    policy              bigint NOT NULL,
    field               text NOT NULL,
    subject             uuid NOT NULL,
    attribute           text NOT NULL,
    number              bigint NOT NULL,
    retention_class     text NOT NULL,
    scope               text NOT NULL,
    kid                 bytea NOT NULL,
    value               bytea NOT NULL,
    told                boolean,
    source              text,
    purposes            text NOT NULL,
    service             text,
    country             text,
    collection          uuid NOT NULL,
    superseded_event    uuid,
    superseded_position bigint,
    annulled_position   bigint,
    erased_position     bigint,
    erased_at           bigint,
    PRIMARY KEY (event, field)
);
CREATE INDEX profile_items_subject ON profile_items (subject, position);

CREATE TABLE collections (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    subject           uuid NOT NULL,
    told              boolean NOT NULL,
    source            text,
    supplier          bytea,
    notice_version    text,
    notice_language   text,
    notice_digest     bytea,
    service           text,
    country           text,
    purposes          text NOT NULL,
    unlisted          bytea,
    findings          text NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX collections_subject ON collections (subject, position);

CREATE TABLE consents (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    subject           uuid NOT NULL,
    given             boolean NOT NULL,
    purpose           text,
    service           text,
    notice_version    text,
    notice_language   text,
    notice_digest     bytea,
    statement         bytea,
    unlisted          bytea,
    findings          text NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX consents_subject ON consents (subject, position);

CREATE TABLE switches (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    subject           uuid NOT NULL,
    purpose           text NOT NULL,
    all_services      boolean NOT NULL,
    services          text NOT NULL,
    state             text NOT NULL,
    findings          text NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX switches_subject ON switches (subject, position);

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
    findings            text NOT NULL,
    annulled_position   bigint,
    PRIMARY KEY (event)
);
CREATE UNIQUE INDEX disclosures_position ON disclosures (position);
CREATE INDEX disclosures_recipient ON disclosures (recipient, position);
CREATE INDEX disclosures_subject ON disclosures (subject, position);

CREATE TABLE authorisations (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    disclosure        uuid NOT NULL,
    subject           uuid NOT NULL,
    recipient         uuid NOT NULL,
    agreement         bigint NOT NULL,
    purpose           text NOT NULL,
    ground            text NOT NULL,
    ground_reference  bytea,
    country           text NOT NULL,
    safeguard         text,
    channel           text,
    items             text NOT NULL,
    expires_at        bigint NOT NULL,
    hidden_until      date,
    used_position     bigint,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX authorisations_disclosure ON authorisations (disclosure);
CREATE INDEX authorisations_subject ON authorisations (subject, position);

CREATE TABLE runs (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    run               uuid NOT NULL,
    purpose           text,
    service           text,
    country           text,
    attributes        text NOT NULL,
    asked             bigint,
    admitted          bigint,
    chunks            bigint,
    refused           text NOT NULL,
    finished_position bigint,
    finished_at       bigint,
    processed         bigint,
    excluded          bigint,
    PRIMARY KEY (run)
);
CREATE UNIQUE INDEX runs_position ON runs (position);

CREATE TABLE run_steps (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    run               uuid NOT NULL,
    subject           uuid NOT NULL,
    step              text NOT NULL,
    chunk             bigint,
    stage             text,
    rule              text,
    findings          text NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (position, subject)
);
CREATE INDEX run_steps_run ON run_steps (run, subject, position);
CREATE INDEX run_steps_subject ON run_steps (subject, position);

CREATE TABLE claims (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    claim             uuid NOT NULL,
    subject           uuid NOT NULL,
    ground            text NOT NULL,
    law               text,
    covers            text NOT NULL,
    until             date,
    review            date,
    decided_by        text NOT NULL,
    reference         bytea,
    findings          text NOT NULL,
    released_event    uuid,
    released_position bigint,
    released_at       bigint,
    released_reason   text,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE INDEX claims_subject ON claims (subject, position);

CREATE TABLE erasures (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    erasure           uuid NOT NULL,
    subject           uuid NOT NULL,
    whole             boolean NOT NULL,
    slots             text NOT NULL,
    statement         bytea,
    erased_position   bigint,
    erased_at         bigint,
    closed_position   bigint,
    closed_at         bigint,
    annulled_position bigint,
    PRIMARY KEY (erasure)
);
CREATE INDEX erasures_subject ON erasures (subject, position);

CREATE TABLE retained_slots (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    number            bigint NOT NULL,
    erasure           uuid NOT NULL,
    subject           uuid NOT NULL,
    retention_class   text NOT NULL,
    scope             text NOT NULL,
    ground            text NOT NULL,
    law               text,
    until             date,
    review            date,
    decided_by        text NOT NULL,
    claim             uuid,
    replaced_position bigint,
    erased_position   bigint,
    erased_at         bigint,
    annulled_position bigint,
    PRIMARY KEY (event, number)
);
CREATE INDEX retained_slots_erasure ON retained_slots (erasure);
CREATE INDEX retained_slots_subject ON retained_slots (subject);

CREATE TABLE orders (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    order_id          uuid NOT NULL,
    subject           uuid NOT NULL,
    erasure           uuid,
    recipient         uuid,
    disclosure        uuid,
    classes           text NOT NULL,
    hidden_until      date,
    notified_event    uuid,
    notified_position bigint,
    notified_at       bigint,
    notified_channel  text,
    notified_note     bytea,
    answered_event    uuid,
    answered_position bigint,
    answered_at       bigint,
    answer            text,
    answer_note       bytea,
    annulled_position bigint,
    PRIMARY KEY (order_id)
);
CREATE INDEX orders_erasure ON orders (erasure);
CREATE INDEX orders_subject ON orders (subject, position);

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
    chunk        bigint,
    PRIMARY KEY (position, subject)
);
CREATE INDEX openings_subject ON openings (subject, position);

CREATE TABLE irregularities (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    irregularity      uuid NOT NULL,
    stream            uuid NOT NULL,
    entry             uuid NOT NULL,
    owner             text NOT NULL,
    due               date NOT NULL,
    findings          text NOT NULL,
    annulled_position bigint,
    PRIMARY KEY (event)
);
CREATE UNIQUE INDEX irregularities_position ON irregularities (position);
CREATE INDEX irregularities_stream ON irregularities (stream, position);

CREATE TABLE audit_trail (
    event             uuid NOT NULL,
    position          bigint NOT NULL,
    occurred_at       bigint NOT NULL,
    recorded_at       bigint NOT NULL,
    by                uuid NOT NULL,
    by_kind           text NOT NULL,
    on_behalf_of      uuid,
    policy            bigint NOT NULL,
    concerns          uuid NOT NULL,
    stream            uuid NOT NULL,
    topic             text NOT NULL,
    purpose           text,
    recipient         uuid,
    ground            text,
    reason            text,
    command           text,
    rule              text,
    entry             uuid,
    findings          text NOT NULL,
    hidden_until      date,
    annulled_position bigint,
    PRIMARY KEY (concerns, position)
);
CREATE INDEX audit_trail_by ON audit_trail (by, position);
CREATE INDEX audit_trail_event ON audit_trail (event);
CREATE INDEX audit_trail_position ON audit_trail (position);

CREATE TABLE key_states (
    kid             bytea NOT NULL,
    stream          uuid NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    generation      bigint NOT NULL,
    minted_event    uuid NOT NULL,
    minted_position bigint NOT NULL,
    minted_at       bigint NOT NULL,
    dead_event      uuid,
    dead_position   bigint,
    dead_at         bigint,
    dies_with       bigint,
    erasure         uuid,
    cause           text,
    PRIMARY KEY (kid)
);
CREATE INDEX key_states_erasure ON key_states (erasure);
CREATE INDEX key_states_stream ON key_states (stream, minted_position);

INSERT INTO projection_progress (name, position) VALUES ('projections', 0);
