-- Tables of the read side: standing accesses that were closed, what one act over many people passed on,
-- and what disclosures and openings say since. No event of before says any of this, so nothing has to
-- be read again.

CREATE TABLE standing_closings (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    recipient    BLOB NOT NULL,
    classes      TEXT NOT NULL,
    until        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX standing_closings_key ON standing_closings (event);

CREATE TABLE handovers (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    act          BLOB NOT NULL,
    subject      BLOB NOT NULL,
    stage        TEXT,
    said         TEXT NOT NULL,
    disclosure   BLOB,
    recipient    BLOB,
    ground       TEXT,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX handovers_key ON handovers (event);
CREATE INDEX handovers_act ON handovers (act, position);

ALTER TABLE disclosures ADD COLUMN stage TEXT;
ALTER TABLE disclosures ADD COLUMN act BLOB;
ALTER TABLE authorisations ADD COLUMN stage TEXT;
ALTER TABLE authorisations ADD COLUMN act BLOB;
ALTER TABLE openings ADD COLUMN ground TEXT;
ALTER TABLE openings ADD COLUMN hidden_until TEXT;

CREATE INDEX authorisations_position ON authorisations (position);
CREATE INDEX authorisations_hidden ON authorisations (hidden_until) WHERE hidden_until IS NOT NULL;
CREATE INDEX disclosures_hidden ON disclosures (hidden_until) WHERE hidden_until IS NOT NULL;
CREATE INDEX openings_hidden ON openings (hidden_until) WHERE hidden_until IS NOT NULL;
