-- Tables of the read side: what came of irregularities, what was refused, and both by their rules.

CREATE TABLE irregularity_closures (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    irregularity BLOB NOT NULL,
    stream       BLOB NOT NULL,
    reason       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX irregularity_closures_key ON irregularity_closures (irregularity, position);
CREATE INDEX irregularity_closures_stream ON irregularity_closures (stream, position);

CREATE INDEX irregularities_name ON irregularities (irregularity);
CREATE INDEX irregularities_policy ON irregularities (policy, position);
CREATE INDEX irregularities_due ON irregularities (due, position);

CREATE TABLE refusals (
    event        BLOB NOT NULL,
    position     INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    by           BLOB NOT NULL,
    by_kind      TEXT NOT NULL,
    on_behalf_of BLOB,
    policy       INTEGER NOT NULL,
    stream       BLOB NOT NULL,
    topic        TEXT NOT NULL,
    command      TEXT,
    purpose      TEXT,
    findings     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX refusals_key ON refusals (event);
CREATE UNIQUE INDEX refusals_position ON refusals (position);
CREATE INDEX refusals_policy ON refusals (policy, position);

CREATE TABLE broken_rules (
    rule     TEXT NOT NULL,
    policy   INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    event    BLOB NOT NULL,
    position INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX broken_rules_key ON broken_rules (rule, position);
CREATE INDEX broken_rules_policy ON broken_rules (policy, rule);
