-- Tables of the read side: accounts with their members and facts, what customers store in them, what
-- was carried into cases, and which fact of an account placed a claim. No event of before says any of
-- this, so nothing has to be read again.

CREATE TABLE accounts (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    account      BLOB NOT NULL,
    kind         TEXT NOT NULL,
    service      TEXT,
    name         BLOB
) STRICT;
CREATE UNIQUE INDEX accounts_key ON accounts (account);
CREATE UNIQUE INDEX accounts_position ON accounts (position);

CREATE TABLE account_members (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    account      BLOB NOT NULL,
    subject      BLOB NOT NULL,
    step         TEXT NOT NULL,
    roles        TEXT NOT NULL,
    day          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_members_key ON account_members (event);
CREATE INDEX account_members_account ON account_members (account, position);
CREATE INDEX account_members_subject ON account_members (subject, position);

CREATE TABLE account_facts (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    account      BLOB NOT NULL,
    fact         TEXT NOT NULL,
    about        BLOB NOT NULL,
    matter       TEXT,
    number       BLOB,
    unlisted     BLOB,
    refers       TEXT NOT NULL,
    members      TEXT NOT NULL,
    day          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_facts_key ON account_facts (event);
CREATE INDEX account_facts_about ON account_facts (about, position);
CREATE INDEX account_facts_account ON account_facts (account, position);

CREATE TABLE contents (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    account         BLOB NOT NULL,
    content         BLOB NOT NULL,
    service         TEXT NOT NULL,
    country         TEXT,
    controller_role TEXT NOT NULL,
    kid             BLOB NOT NULL,
    value           BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX contents_key ON contents (content);
CREATE INDEX contents_account ON contents (account, position);

CREATE TABLE requests_passed_on (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    account      BLOB NOT NULL,
    request      TEXT NOT NULL,
    channel      TEXT,
    note         BLOB
) STRICT;
CREATE UNIQUE INDEX requests_passed_on_key ON requests_passed_on (event);
CREATE INDEX requests_passed_on_account ON requests_passed_on (account, position);
CREATE INDEX requests_passed_on_subject ON requests_passed_on (subject, position);

CREATE TABLE case_values (
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
    account         BLOB NOT NULL,
    case_id         BLOB NOT NULL,
    attribute       TEXT NOT NULL,
    number          INTEGER NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    kid             BLOB NOT NULL,
    value           BLOB NOT NULL,
    from_event      BLOB NOT NULL,
    from_field      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_values_key ON case_values (event, field);
CREATE INDEX case_values_case ON case_values (case_id, position);
CREATE INDEX case_values_subject ON case_values (subject, position);

ALTER TABLE claims ADD COLUMN account BLOB;
ALTER TABLE claims ADD COLUMN matter BLOB;
ALTER TABLE claims ADD COLUMN rule TEXT;
