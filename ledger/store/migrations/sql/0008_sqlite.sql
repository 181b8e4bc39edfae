-- Tables of the read side: what is due and what met it; births of keys, and what may make data due,
-- for whoever sweeps. Events of before say all of this, so everything is read again.

CREATE TABLE dues (
    event       BLOB NOT NULL,
    number      INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    stream      BLOB NOT NULL,
    kind        TEXT NOT NULL,
    ref         BLOB NOT NULL,
    due         TEXT NOT NULL,
    until       TEXT,
    owner       TEXT,
    about       TEXT,
    recipient   BLOB,
    irregular   BLOB,
    keys        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dues_key ON dues (event, number);
CREATE INDEX dues_ref ON dues (ref, position);
CREATE INDEX dues_due ON dues (kind, due);

CREATE TABLE dues_met (
    event       BLOB NOT NULL,
    position    INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    ref         BLOB NOT NULL,
    by          BLOB NOT NULL,
    keys        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dues_met_key ON dues_met (event);
CREATE INDEX dues_met_ref ON dues_met (ref, position);
CREATE INDEX dues_met_kind ON dues_met (kind, recorded_at);

CREATE TABLE due_keys (
    kid             BLOB NOT NULL,
    stream          BLOB NOT NULL,
    retention_class TEXT NOT NULL,
    scope           TEXT NOT NULL,
    born            TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX due_keys_key ON due_keys (kid);
CREATE INDEX due_keys_born ON due_keys (retention_class, born);
CREATE INDEX due_keys_scope ON due_keys (retention_class, scope);

CREATE TABLE due_marks (
    event  BLOB NOT NULL,
    number INTEGER NOT NULL,
    stream BLOB NOT NULL,
    kind   TEXT NOT NULL,
    day    TEXT NOT NULL,
    about  TEXT
) STRICT;
CREATE UNIQUE INDEX due_marks_key ON due_marks (event, number);
CREATE INDEX due_marks_kind ON due_marks (kind, day);

DELETE FROM annulments;
DELETE FROM actors;
DELETE FROM disclosures;
DELETE FROM authorisations;
DELETE FROM key_states;
DELETE FROM key_deaths;
DELETE FROM erasures;
DELETE FROM retained_slots;
DELETE FROM recipients;
DELETE FROM standing_access;
DELETE FROM orders;
DELETE FROM order_words;
DELETE FROM irregularities;
DELETE FROM audit_trail;
DELETE FROM claims;
DELETE FROM claim_releases;
DELETE FROM collections;
DELETE FROM collection_purposes;
DELETE FROM consents;
DELETE FROM switches;
DELETE FROM openings;
DELETE FROM policies;
DELETE FROM runs;
DELETE FROM run_steps;
DELETE FROM run_ends;
DELETE FROM subjects;
DELETE FROM profile_items;
UPDATE projection_progress SET position = 0;
