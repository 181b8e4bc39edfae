-- Tables of the read side: accounts with their members and facts, what customers store in them, what
-- was carried into cases, and which fact of an account placed a claim. No event of before says any of
-- this, so nothing has to be read again.

CREATE TABLE accounts (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    account      uuid NOT NULL,
    kind         text NOT NULL,
    service      text,
    name         bytea
);
CREATE UNIQUE INDEX accounts_key ON accounts (account);
CREATE UNIQUE INDEX accounts_position ON accounts (position);

CREATE TABLE account_members (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    account      uuid NOT NULL,
    subject      uuid NOT NULL,
    step         text NOT NULL,
    roles        text NOT NULL,
    day          date NOT NULL
);
CREATE UNIQUE INDEX account_members_key ON account_members (event);
CREATE INDEX account_members_account ON account_members (account, position);
CREATE INDEX account_members_subject ON account_members (subject, position);

CREATE TABLE account_facts (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    account      uuid NOT NULL,
    fact         text NOT NULL,
    about        uuid NOT NULL,
    matter       text,
    number       bytea,
    unlisted     bytea,
    refers       text NOT NULL,
    members      text NOT NULL,
    day          date NOT NULL
);
CREATE UNIQUE INDEX account_facts_key ON account_facts (event);
CREATE INDEX account_facts_about ON account_facts (about, position);
CREATE INDEX account_facts_account ON account_facts (account, position);

CREATE TABLE contents (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    account         uuid NOT NULL,
    content         uuid NOT NULL,
    service         text NOT NULL,
    country         text,
    controller_role text NOT NULL,
    kid             bytea NOT NULL,
    value           bytea NOT NULL
);
CREATE UNIQUE INDEX contents_key ON contents (content);
CREATE INDEX contents_account ON contents (account, position);

CREATE TABLE requests_passed_on (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    account      uuid NOT NULL,
    request      text NOT NULL,
    channel      text,
    note         bytea
);
CREATE UNIQUE INDEX requests_passed_on_key ON requests_passed_on (event);
CREATE INDEX requests_passed_on_account ON requests_passed_on (account, position);
CREATE INDEX requests_passed_on_subject ON requests_passed_on (subject, position);

CREATE TABLE case_values (
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
    account         uuid NOT NULL,
    case_id         uuid NOT NULL,
    attribute       text NOT NULL,
    number          bigint NOT NULL,
    retention_class text NOT NULL,
    scope           text NOT NULL,
    kid             bytea NOT NULL,
    value           bytea NOT NULL,
    from_event      uuid NOT NULL,
    from_field      text NOT NULL
);
CREATE UNIQUE INDEX case_values_key ON case_values (event, field);
CREATE INDEX case_values_case ON case_values (case_id, position);
CREATE INDEX case_values_subject ON case_values (subject, position);

ALTER TABLE claims ADD COLUMN account uuid;
ALTER TABLE claims ADD COLUMN matter uuid;
ALTER TABLE claims ADD COLUMN rule text;
