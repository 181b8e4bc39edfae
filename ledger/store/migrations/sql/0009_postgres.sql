-- Tables of the read side: standing accesses that were closed, what one act over many people passed on,
-- and what disclosures and openings say since. No event of before says any of this, so nothing has to
-- be read again.

CREATE TABLE standing_closings (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    recipient    uuid NOT NULL,
    classes      text NOT NULL,
    until        date NOT NULL
);
CREATE UNIQUE INDEX standing_closings_key ON standing_closings (event);

CREATE TABLE handovers (
    event        uuid NOT NULL,
    position     bigint NOT NULL,
    occurred_at  bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    by           uuid NOT NULL,
    by_kind      text NOT NULL,
    on_behalf_of uuid,
    policy       bigint NOT NULL,
    act          uuid NOT NULL,
    subject      uuid NOT NULL,
    stage        text,
    said         text NOT NULL,
    disclosure   uuid,
    recipient    uuid,
    ground       text,
    findings     text NOT NULL
);
CREATE UNIQUE INDEX handovers_key ON handovers (event);
CREATE INDEX handovers_act ON handovers (act, position);

ALTER TABLE disclosures ADD COLUMN stage text;
ALTER TABLE disclosures ADD COLUMN act uuid;
ALTER TABLE authorisations ADD COLUMN stage text;
ALTER TABLE authorisations ADD COLUMN act uuid;
ALTER TABLE openings ADD COLUMN ground text;
ALTER TABLE openings ADD COLUMN hidden_until date;

CREATE INDEX authorisations_position ON authorisations (position);
CREATE INDEX authorisations_hidden ON authorisations (hidden_until) WHERE hidden_until IS NOT NULL;
CREATE INDEX disclosures_hidden ON disclosures (hidden_until) WHERE hidden_until IS NOT NULL;
CREATE INDEX openings_hidden ON openings (hidden_until) WHERE hidden_until IS NOT NULL;
