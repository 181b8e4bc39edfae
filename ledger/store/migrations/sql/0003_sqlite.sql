-- What the next decision on a stream needs to know, as of its version: no personal value, no sealed one.
-- A stream without a row is read from its events.

CREATE TABLE decision_states (
    stream  BLOB PRIMARY KEY CHECK (length(stream) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    form    INTEGER NOT NULL,
    state   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
