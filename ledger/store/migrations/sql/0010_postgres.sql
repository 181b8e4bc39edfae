-- Tables of the read side: duties to inform, and what met them; the message that a run sent, or whose
-- link brought data. No event of before says any of this, so nothing has to be read again.

CREATE TABLE duties (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    duty            uuid NOT NULL,
    subject         uuid NOT NULL,
    entry           uuid NOT NULL,
    due             date NOT NULL
);
CREATE UNIQUE INDEX duties_key ON duties (event);
CREATE UNIQUE INDEX duties_position ON duties (position);
CREATE INDEX duties_subject ON duties (subject, position);

CREATE TABLE duties_met (
    event           uuid NOT NULL,
    position        bigint NOT NULL,
    occurred_at     bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    by              uuid NOT NULL,
    by_kind         text NOT NULL,
    on_behalf_of    uuid,
    policy          bigint NOT NULL,
    duty            uuid NOT NULL,
    subject         uuid NOT NULL,
    notice_version  text,
    notice_language text,
    notice_digest   bytea,
    channel         text
);
CREATE UNIQUE INDEX duties_met_key ON duties_met (duty, position);

ALTER TABLE runs ADD COLUMN template text;
ALTER TABLE collections ADD COLUMN template text;
