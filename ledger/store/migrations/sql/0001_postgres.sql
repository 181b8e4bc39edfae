-- The events, the vault and what an append writes beside them (formats.md §3, §4), for PostgreSQL.
-- Run with search_path = the ledger's schema. A time is µs since 1970, UTC; a position counts from
-- 1 without holes and never comes from a sequence.

CREATE TABLE ledger (
    id             uuid NOT NULL,
    genesis_stream uuid NOT NULL,
    policy_stream  uuid NOT NULL,
    actor_stream   uuid NOT NULL,
    schema_version integer NOT NULL
);

CREATE UNIQUE INDEX ledger_one_row ON ledger ((true));

CREATE TABLE events (
    position    bigint PRIMARY KEY CHECK (position > 0),
    event       uuid NOT NULL UNIQUE,
    stream      uuid NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    topic       text NOT NULL,
    recorded_at bigint NOT NULL,
    state       bytea NOT NULL,
    UNIQUE (stream, version)
);

CREATE TABLE epochs (
    epoch        integer PRIMARY KEY CHECK (epoch > 0),
    service_ref  text NOT NULL,
    wrapped      bytea,
    state        text NOT NULL CHECK (state IN ('open', 'closing', 'drained', 'destroyed', 'gone')),
    destroyed_at bigint,
    effective_at bigint,
    gone_at      bigint
);

CREATE UNIQUE INDEX epochs_one_open ON epochs (state) WHERE state = 'open';

CREATE TABLE data_keys (
    kid        bytea PRIMARY KEY CHECK (octet_length(kid) = 16),
    commitment bytea NOT NULL UNIQUE CHECK (octet_length(commitment) = 32),
    stream     uuid NOT NULL,
    class      text NOT NULL,
    scope      text NOT NULL,
    generation integer NOT NULL CHECK (generation > 0),
    epoch      integer NOT NULL REFERENCES epochs (epoch),
    wrapped    bytea,
    minted_at  bigint NOT NULL,
    dead_at    bigint,
    UNIQUE (stream, class, scope, generation),
    CHECK ((wrapped IS NULL) = (dead_at IS NOT NULL))
);

CREATE TABLE secrets (
    name    text PRIMARY KEY,
    epoch   integer NOT NULL REFERENCES epochs (epoch),
    wrapped bytea NOT NULL
);

CREATE TABLE lookups (
    kind      text NOT NULL,
    idx       bytea NOT NULL CHECK (octet_length(idx) = 16),
    kid       bytea NOT NULL REFERENCES data_keys (kid),
    epoch     integer NOT NULL REFERENCES epochs (epoch),
    stream    uuid NOT NULL,
    exclusive boolean NOT NULL,
    PRIMARY KEY (kind, idx, kid)
);

CREATE UNIQUE INDEX lookups_one_owner ON lookups (kind, idx) WHERE exclusive;
CREATE INDEX lookups_of_key ON lookups (kid);

CREATE TABLE suppressions (
    kind   text NOT NULL,
    idx    bytea NOT NULL CHECK (octet_length(idx) = 16),
    epoch  integer NOT NULL REFERENCES epochs (epoch),
    reason text NOT NULL,
    until  date,
    PRIMARY KEY (kind, idx)
);

CREATE TABLE stops (
    class  text NOT NULL,
    matter text NOT NULL,
    by     uuid NOT NULL,
    since  bigint NOT NULL,
    PRIMARY KEY (class, matter)
);

CREATE TABLE commands (
    actor         uuid NOT NULL,
    command       bytea NOT NULL CHECK (octet_length(command) = 16),
    fingerprint   bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
    epoch         integer NOT NULL,
    outcome       text NOT NULL,
    stream        uuid,
    first_version bigint NOT NULL,
    last_version  bigint NOT NULL,
    position      bigint NOT NULL,
    PRIMARY KEY (actor, command)
);

CREATE TABLE registers (
    kind   text NOT NULL,
    code   text NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (kind, code)
);

-- The triggers bind the owner too, also under session_replication_role = replica (ENABLE ALWAYS).
-- The owner can drop them; the proof finds out what was done then.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % is refused; what was recorded stays', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION guard_data_key() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.dead_at IS NOT NULL
        OR (NEW.kid, NEW.commitment, NEW.stream, NEW.class, NEW.scope, NEW.generation, NEW.minted_at)
           <> (OLD.kid, OLD.commitment, OLD.stream, OLD.class, OLD.scope, OLD.generation, OLD.minted_at)
        OR NEW.epoch < OLD.epoch)
    THEN
        RAISE EXCEPTION 'data_keys: dead stays dead, and a slot keeps its key'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (TG_OP = 'INSERT' OR NEW.wrapped IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM epochs e WHERE e.epoch = NEW.epoch AND e.state = 'open')
    THEN
        RAISE EXCEPTION 'data_keys: epoch % is not open', NEW.epoch
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER epochs_no_delete BEFORE DELETE ON epochs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER epochs_no_truncate BEFORE TRUNCATE ON epochs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER data_keys_no_delete BEFORE DELETE ON data_keys
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER data_keys_no_truncate BEFORE TRUNCATE ON data_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER data_keys_guard BEFORE INSERT OR UPDATE ON data_keys
    FOR EACH ROW EXECUTE FUNCTION guard_data_key();

ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_change;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_truncate;
ALTER TABLE ledger ENABLE ALWAYS TRIGGER ledger_no_change;
ALTER TABLE ledger ENABLE ALWAYS TRIGGER ledger_no_truncate;
ALTER TABLE epochs ENABLE ALWAYS TRIGGER epochs_no_delete;
ALTER TABLE epochs ENABLE ALWAYS TRIGGER epochs_no_truncate;
ALTER TABLE data_keys ENABLE ALWAYS TRIGGER data_keys_no_delete;
ALTER TABLE data_keys ENABLE ALWAYS TRIGGER data_keys_no_truncate;
ALTER TABLE data_keys ENABLE ALWAYS TRIGGER data_keys_guard;
