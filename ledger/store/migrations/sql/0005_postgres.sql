-- Tables of the read side: objections, restrictions and their end, the laws that protect a person. No
-- event of before says any of this, so nothing has to be read again.

CREATE TABLE objections (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    purpose      text,
    unlisted     bytea,
    statement    bytea,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX objections_key ON objections (event);
CREATE INDEX objections_subject ON objections (subject, position);

CREATE TABLE restrictions (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    restriction  uuid NOT NULL,
    subject      uuid NOT NULL,
    ground       text NOT NULL,
    classes      text NOT NULL,
    statement    bytea
);
CREATE UNIQUE INDEX restrictions_key ON restrictions (event);
CREATE INDEX restrictions_subject ON restrictions (subject, position);

CREATE TABLE restriction_lifts (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    restriction  uuid NOT NULL,
    subject      uuid NOT NULL,
    reason       text
);
CREATE UNIQUE INDEX restriction_lifts_key ON restriction_lifts (restriction, position);

CREATE TABLE regimes_determined (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    subject      uuid NOT NULL,
    regimes      text NOT NULL,
    reason       text
);
CREATE UNIQUE INDEX regimes_determined_key ON regimes_determined (event);
CREATE INDEX regimes_determined_subject ON regimes_determined (subject, position);
