-- The events, the vault and what an append writes beside them (formats.md §3, §4), for SQLite.
-- An id is a 16-byte BLOB; a time is µs since 1970, UTC; a position counts from 1 without holes.

CREATE TABLE ledger (
    id             BLOB NOT NULL CHECK (length(id) = 16),
    genesis_stream BLOB NOT NULL CHECK (length(genesis_stream) = 16),
    policy_stream  BLOB NOT NULL CHECK (length(policy_stream) = 16),
    actor_stream   BLOB NOT NULL CHECK (length(actor_stream) = 16),
    schema_version INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    position    INTEGER PRIMARY KEY CHECK (position > 0),
    event       BLOB NOT NULL UNIQUE CHECK (length(event) = 16),
    stream      BLOB NOT NULL CHECK (length(stream) = 16),
    version     INTEGER NOT NULL CHECK (version > 0),
    topic       TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    state       BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE epochs (
    epoch        INTEGER PRIMARY KEY CHECK (epoch > 0),
    service_ref  TEXT NOT NULL,
    wrapped      BLOB,
    state        TEXT NOT NULL CHECK (state IN ('open', 'closing', 'drained', 'destroyed', 'gone')),
    destroyed_at INTEGER,
    effective_at INTEGER,
    gone_at      INTEGER
) STRICT;

CREATE UNIQUE INDEX epochs_one_open ON epochs (state) WHERE state = 'open';

CREATE TABLE data_keys (
    kid        BLOB PRIMARY KEY CHECK (length(kid) = 16),
    commitment BLOB NOT NULL UNIQUE CHECK (length(commitment) = 32),
    stream     BLOB NOT NULL CHECK (length(stream) = 16),
    class      TEXT NOT NULL,
    scope      TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation > 0),
    epoch      INTEGER NOT NULL REFERENCES epochs (epoch),
    wrapped    BLOB,
    minted_at  INTEGER NOT NULL,
    dead_at    INTEGER,
    UNIQUE (stream, class, scope, generation),
    CHECK ((wrapped IS NULL) = (dead_at IS NOT NULL))
) STRICT;

CREATE TABLE secrets (
    name    TEXT PRIMARY KEY,
    epoch   INTEGER NOT NULL REFERENCES epochs (epoch),
    wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE lookups (
    kind      TEXT NOT NULL,
    idx       BLOB NOT NULL CHECK (length(idx) = 16),
    kid       BLOB NOT NULL REFERENCES data_keys (kid),
    epoch     INTEGER NOT NULL REFERENCES epochs (epoch),
    stream    BLOB NOT NULL CHECK (length(stream) = 16),
    exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    PRIMARY KEY (kind, idx, kid)
) STRICT;

CREATE UNIQUE INDEX lookups_one_owner ON lookups (kind, idx) WHERE exclusive;
CREATE INDEX lookups_of_key ON lookups (kid);

CREATE TABLE suppressions (
    kind   TEXT NOT NULL,
    idx    BLOB NOT NULL CHECK (length(idx) = 16),
    epoch  INTEGER NOT NULL REFERENCES epochs (epoch),
    reason TEXT NOT NULL,
    until  TEXT,
    PRIMARY KEY (kind, idx)
) STRICT;

CREATE TABLE stops (
    class  TEXT NOT NULL,
    matter TEXT NOT NULL,
    by     BLOB NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (class, matter)
) STRICT;

CREATE TABLE commands (
    actor         BLOB NOT NULL CHECK (length(actor) = 16),
    command       BLOB NOT NULL CHECK (length(command) = 16),
    fingerprint   BLOB NOT NULL CHECK (length(fingerprint) = 16),
    epoch         INTEGER NOT NULL,
    outcome       TEXT NOT NULL,
    stream        BLOB,
    first_version INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    PRIMARY KEY (actor, command)
) STRICT;

CREATE TABLE registers (
    kind   TEXT NOT NULL,
    code   TEXT NOT NULL,
    stream BLOB NOT NULL CHECK (length(stream) = 16),
    PRIMARY KEY (kind, code)
) STRICT;

-- Whoever holds the file can drop a trigger; until then it binds every connection. INSERT OR REPLACE
-- deletes without firing a DELETE trigger, so a conflicting INSERT is refused before it begins.

CREATE TRIGGER events_only_grow BEFORE INSERT ON events
WHEN NEW.position <= (SELECT coalesce(max(position), 0) FROM events)
  OR EXISTS (SELECT 1 FROM events WHERE event = NEW.event)
  OR EXISTS (SELECT 1 FROM events WHERE stream = NEW.stream AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'events: an event is never replaced'); END;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events: an event never changes'); END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events: an event is never deleted'); END;

CREATE TRIGGER ledger_one_row BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger)
BEGIN SELECT RAISE(ABORT, 'ledger: there is one already'); END;

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger: its row never changes'); END;

CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger: its row is never deleted'); END;

CREATE TRIGGER epochs_no_delete BEFORE DELETE ON epochs
BEGIN SELECT RAISE(ABORT, 'epochs: an epoch is never deleted'); END;

CREATE TRIGGER epochs_no_replace BEFORE INSERT ON epochs
WHEN EXISTS (SELECT 1 FROM epochs WHERE epoch = NEW.epoch)
  OR (NEW.state = 'open' AND EXISTS (SELECT 1 FROM epochs WHERE state = 'open'))
BEGIN SELECT RAISE(ABORT, 'epochs: an epoch is never replaced'); END;

CREATE TRIGGER data_keys_no_delete BEFORE DELETE ON data_keys
BEGIN SELECT RAISE(ABORT, 'data_keys: a key row is never deleted'); END;

CREATE TRIGGER data_keys_insert BEFORE INSERT ON data_keys
WHEN EXISTS (SELECT 1 FROM data_keys WHERE kid = NEW.kid OR commitment = NEW.commitment)
  OR EXISTS (SELECT 1 FROM data_keys WHERE stream = NEW.stream AND class = NEW.class
             AND scope = NEW.scope AND generation = NEW.generation)
  OR NOT EXISTS (SELECT 1 FROM epochs WHERE epoch = NEW.epoch AND state = 'open')
BEGIN SELECT RAISE(ABORT, 'data_keys: the key or its slot exists, or its epoch is not open'); END;

CREATE TRIGGER data_keys_update BEFORE UPDATE ON data_keys
WHEN OLD.dead_at IS NOT NULL
  OR NEW.kid <> OLD.kid OR NEW.commitment <> OLD.commitment OR NEW.stream <> OLD.stream
  OR NEW.class <> OLD.class OR NEW.scope <> OLD.scope OR NEW.generation <> OLD.generation
  OR NEW.minted_at <> OLD.minted_at OR NEW.epoch < OLD.epoch
  OR (NEW.wrapped IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM epochs WHERE epoch = NEW.epoch AND state = 'open'))
BEGIN SELECT RAISE(ABORT, 'data_keys: dead stays dead, and a key moves only into the open epoch'); END;
