-- Tables of the read side: what came of irregularities, what was refused, and both by their rules.

CREATE TABLE irregularity_closures (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    irregularity uuid NOT NULL,
    stream       uuid NOT NULL,
    reason       text NOT NULL
);
CREATE UNIQUE INDEX irregularity_closures_key ON irregularity_closures (irregularity, position);
CREATE INDEX irregularity_closures_stream ON irregularity_closures (stream, position);

CREATE INDEX irregularities_name ON irregularities (irregularity);
CREATE INDEX irregularities_policy ON irregularities (policy, position);
CREATE INDEX irregularities_due ON irregularities (due, position);

CREATE TABLE refusals (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    stream       uuid NOT NULL,
    topic        text NOT NULL,
    command      text,
    purpose      text,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX refusals_key ON refusals (event);
CREATE UNIQUE INDEX refusals_position ON refusals (position);
CREATE INDEX refusals_policy ON refusals (policy, position);

CREATE TABLE broken_rules (
    rule     text NOT NULL,
    policy   bigint NOT NULL,
    refused  boolean NOT NULL,
    event    uuid NOT NULL,
    position bigint NOT NULL
);
CREATE UNIQUE INDEX broken_rules_key ON broken_rules (rule, position);
CREATE INDEX broken_rules_policy ON broken_rules (policy, rule);
