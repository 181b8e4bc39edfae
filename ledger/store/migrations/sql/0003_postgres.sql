-- What the next decision on a stream needs to know, as of its version: no personal value, no sealed one.
-- A stream without a row is read from its events. Rows are replaced often, so pages keep room for it.

CREATE TABLE decision_states (
    stream  uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    form    integer NOT NULL,
    state   bytea NOT NULL
) WITH (fillfactor = 70);
