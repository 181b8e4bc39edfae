-- Tables of the read side: objections, restrictions and their end, the laws that protect a person. No
-- event of before says any of this, so nothing has to be read again.

CREATE TABLE objections (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    purpose      TEXT,
    unlisted     BLOB,
    statement    BLOB,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX objections_key ON objections (event);
CREATE INDEX objections_subject ON objections (subject, position);

CREATE TABLE restrictions (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    restriction  BLOB NOT NULL,
    subject      BLOB NOT NULL,
    ground       TEXT NOT NULL,
    classes      TEXT NOT NULL,
    statement    BLOB
) STRICT;
CREATE UNIQUE INDEX restrictions_key ON restrictions (event);
CREATE INDEX restrictions_subject ON restrictions (subject, position);

CREATE TABLE restriction_lifts (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    restriction  BLOB NOT NULL,
    subject      BLOB NOT NULL,
    reason       TEXT
) STRICT;
CREATE UNIQUE INDEX restriction_lifts_key ON restriction_lifts (restriction, position);

CREATE TABLE regimes_determined (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    subject      BLOB NOT NULL,
    regimes      TEXT NOT NULL,
    reason       TEXT
) STRICT;
CREATE UNIQUE INDEX regimes_determined_key ON regimes_determined (event);
CREATE INDEX regimes_determined_subject ON regimes_determined (subject, position);
