-- Tables of the read side: duties to inform, and what met them; the message that a run sent, or whose
-- link brought data. No event of before says any of this, so nothing has to be read again.

CREATE TABLE duties (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    duty            BLOB NOT NULL,
    subject         BLOB NOT NULL,
    entry           BLOB NOT NULL,
    due             TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX duties_key ON duties (event);
CREATE UNIQUE INDEX duties_position ON duties (position);
CREATE INDEX duties_subject ON duties (subject, position);

CREATE TABLE duties_met (
    event           BLOB NOT NULL,
    position        INTEGER NOT NULL,
    occurred_at     INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    by              BLOB NOT NULL,
    by_kind         TEXT NOT NULL,
    on_behalf_of    BLOB,
    policy          INTEGER NOT NULL,
    duty            BLOB NOT NULL,
    subject         BLOB NOT NULL,
    notice_version  TEXT,
    notice_language TEXT,
    notice_digest   BLOB,
    channel         TEXT
) STRICT;
CREATE UNIQUE INDEX duties_met_key ON duties_met (duty, position);

ALTER TABLE runs ADD COLUMN template TEXT;
ALTER TABLE collections ADD COLUMN template TEXT;
