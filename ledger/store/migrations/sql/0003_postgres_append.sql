-- The append of formats.md §4, which from here on writes the decision state of every stream it
-- changes, too: what the next decision reads is as old as its events, never older.

DROP FUNCTION append_commands;

-- Arrays of one letter belong together, an element each: c commands, r their rows (in the order of
-- the commands), x expects (where a command writes, the version before its first row among them),
-- b births, d deaths, l look-ups, s superseded look-ups, g registers, t decision states.
-- `_n` is the number of the command, `_row` the number of the row (from 1); `c_rows` counts the rows
-- of the commands up to this one. Commands of one call do not touch each other. One that is refused
-- writes nothing; an exception undoes the whole call: LG001 clock skew (detail: seconds), LG003 the
-- dead are not those that were named.
-- Returns a row with n = 0 and the position before the first that is given; then one for each
-- command that is refused or known, in their order.
-- Planner settings: planned once, and every access by key, whatever a young table's statistics say.
CREATE FUNCTION append_commands(
    process_clock bigint,
    c_actor uuid[], c_command bytea[], c_fingerprint bytea[], c_epoch integer[], c_outcome text[],
    c_stream uuid[], c_first bigint[], c_last bigint[], c_rows integer[],
    r_n integer[], r_event uuid[], r_stream uuid[], r_version bigint[], r_topic text[], r_state bytea[],
    x_n integer[], x_stream uuid[], x_version bigint[],
    b_n integer[], b_row integer[], b_kid bytea[], b_commitment bytea[], b_stream uuid[],
    b_class text[], b_scope text[], b_generation integer[], b_epoch integer[], b_wrapped bytea[],
    d_n integer[], d_row integer[], d_kid bytea[],
    l_n integer[], l_kind text[], l_idx bytea[], l_kid bytea[], l_epoch integer[], l_stream uuid[],
    l_exclusive boolean[],
    s_n integer[], s_kind text[], s_kid bytea[],
    g_n integer[], g_kind text[], g_code text[], g_stream uuid[],
    t_n integer[], t_stream uuid[], t_version bigint[], t_form integer[], t_state bytea[]
) RETURNS TABLE (
    out_n integer, out_verdict text, out_detail text, out_position bigint,
    known_fingerprint bytea, known_epoch integer, known_outcome text, known_stream uuid,
    known_first bigint, known_last bigint, known_position bigint
) LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    size       integer := cardinality(c_actor);
    skew       bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - process_clock;
    moment     bigint;
    tail       bigint;
    r          integer := 1;
    r_position bigint[];
    c_position bigint[];
    struck     integer[];  -- the commands that are refused or known, and why
    verdict    text[];
    detail     text[];
    named      bytea[];
    died       bytea[];
BEGIN
    IF abs(skew) > 5000000 THEN
        RAISE EXCEPTION 'clock skew' USING ERRCODE = 'LG001', DETAIL = (skew / 1000000)::text;
    END IF;
    PERFORM append_lock();

    -- 2 and 3: what strikes each command alone; of several the first in rank
    SELECT coalesce(array_agg(o.n ORDER BY o.n), '{}'), array_agg(o.verdict ORDER BY o.n),
           array_agg(o.detail ORDER BY o.n)
      INTO struck, verdict, detail
      FROM (
        SELECT DISTINCT ON (s.n) s.n, s.verdict, s.detail
          FROM (
            SELECT c.n::integer AS n, 1 AS rank, 'known' AS verdict, NULL::text AS detail
              FROM unnest(c_actor, c_command) WITH ORDINALITY AS c (actor, command, n)
             WHERE EXISTS (SELECT FROM commands k WHERE (k.actor, k.command) = (c.actor, c.command))
            UNION ALL
            SELECT x.n, 2, 'conflict', NULL
              FROM unnest(x_n, x_stream, x_version) AS x (n, stream, version)
              JOIN (SELECT DISTINCT a.stream, a.version
                      FROM unnest(x_stream, x_version) AS a (stream, version)) AS stale
                ON stale.stream = x.stream AND stale.version = x.version
             WHERE stale.version <> coalesce(
                (SELECT max(e.version) FROM events e WHERE e.stream = stale.stream), 0)
            UNION ALL
            SELECT g.n, 2, 'conflict', NULL
              FROM unnest(g_n, g_kind, g_code) AS g (n, kind, code)
             WHERE EXISTS (SELECT FROM registers t WHERE (t.kind, t.code) = (g.kind, g.code))
            UNION ALL
            SELECT d.n, 3, 'not-alive', encode(d.kid, 'hex')
              FROM unnest(d_n, d_row, d_kid) AS d (n, row, kid)
             WHERE NOT EXISTS (
                SELECT FROM data_keys k
                 WHERE k.kid = d.kid AND k.wrapped IS NOT NULL AND k.stream = r_stream[d.row]
                   AND NOT EXISTS (SELECT FROM stops t WHERE t.class = k.class))
               AND NOT EXISTS (  -- or it is born and dies in this very command
                SELECT FROM unnest(b_n, b_kid, b_class) AS b (n, kid, class)
                 WHERE (b.n, b.kid) = (d.n, d.kid)
                   AND NOT EXISTS (SELECT FROM stops t WHERE t.class = b.class))
            UNION ALL
            SELECT o.n, 4, 'conflict', NULL
              FROM (SELECT n, epoch FROM unnest(b_n, b_epoch) AS b (n, epoch)
                    UNION SELECT n, epoch FROM unnest(l_n, l_epoch) AS l (n, epoch)) AS o
             WHERE NOT EXISTS (
                SELECT FROM epochs t WHERE t.epoch = o.epoch AND t.state = 'open')
            UNION ALL
            SELECT b.n, 4, 'conflict', NULL
              FROM unnest(b_n, b_stream, b_class, b_scope, b_generation)
                AS b (n, stream, class, scope, generation)
             WHERE EXISTS (
                SELECT FROM data_keys k
                 WHERE (k.stream, k.class, k.scope, k.generation)
                     = (b.stream, b.class, b.scope, b.generation))
            UNION ALL
            SELECT l.n, 5, 'taken', l.kind
              FROM unnest(l_n, l_kind, l_idx, l_kid, l_exclusive) AS l (n, kind, idx, kid, exclusive)
             WHERE l.exclusive AND EXISTS (
                SELECT FROM lookups t
                 WHERE t.kind = l.kind AND t.idx = l.idx AND t.exclusive AND t.kid <> l.kid
                   AND NOT EXISTS (SELECT FROM unnest(d_n, d_kid) AS d (n, kid)
                                    WHERE (d.n, d.kid) = (l.n, t.kid))
                   AND NOT EXISTS (SELECT FROM unnest(s_n, s_kind, s_kid) AS s (n, kind, kid)
                                    WHERE (s.n, s.kind, s.kid) = (l.n, t.kind, t.kid)))
          ) AS s
         ORDER BY s.n, s.rank
      ) AS o;

    -- 4 and 5: the moment and the positions
    SELECT e.position, e.recorded_at INTO tail, moment
      FROM events e ORDER BY e.position DESC LIMIT 1;
    tail := coalesce(tail, 0);
    moment := greatest(coalesce(moment, 0),
                       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    RETURN QUERY SELECT 0, NULL::text, NULL::text, tail, NULL::bytea, NULL::integer, NULL::text,
                        NULL::uuid, NULL::bigint, NULL::bigint, NULL::bigint;
    IF cardinality(struck) = 0 THEN
        r_position := ARRAY(SELECT generate_series(tail + 1, tail + cardinality(r_n)));
        c_position := ARRAY(SELECT tail + a.rows FROM unnest(c_rows) AS a (rows));
    ELSE
        r_position := array_fill(NULL::bigint, ARRAY[cardinality(r_n)]);
        c_position := array_fill(NULL::bigint, ARRAY[size]);
        FOR n IN 1 .. size LOOP
            WHILE r_n[r] = n LOOP
                IF n <> ALL (struck) THEN
                    tail := tail + 1;
                    r_position[r] := tail;
                END IF;
                r := r + 1;
            END LOOP;
            c_position[n] := tail;
        END LOOP;
        RETURN QUERY
        SELECT o.n, o.verdict, o.detail, NULL::bigint, k.fingerprint, k.epoch, k.outcome, k.stream,
               k.first_version, k.last_version, k.position
          FROM unnest(struck, verdict, detail) AS o (n, verdict, detail)
          LEFT JOIN commands k
            ON o.verdict = 'known' AND k.actor = c_actor[o.n] AND k.command = c_command[o.n]
         ORDER BY o.n;
    END IF;

    -- 6: what is true together is written together
    INSERT INTO events (position, event, stream, version, topic, recorded_at, state)
    SELECT a.position, a.event, a.stream, a.version, a.topic, moment, a.state
      FROM unnest(r_position, r_event, r_stream, r_version, r_topic, r_state)
        AS a (position, event, stream, version, topic, state)
     WHERE a.position IS NOT NULL;

    IF cardinality(b_n) > 0 THEN
        INSERT INTO data_keys
            (kid, commitment, stream, class, scope, generation, epoch, wrapped, minted_at)
        SELECT b.kid, b.commitment, b.stream, b.class, b.scope, b.generation, b.epoch, b.wrapped,
               r_position[b.row]
          FROM unnest(b_n, b_row, b_kid, b_commitment, b_stream, b_class, b_scope, b_generation,
                      b_epoch, b_wrapped)
            AS b (n, row, kid, commitment, stream, class, scope, generation, epoch, wrapped)
         WHERE b.n <> ALL (struck);
    END IF;

    IF cardinality(d_n) > 0 THEN
        SELECT array_agg(d.kid ORDER BY d.kid) INTO named
          FROM unnest(d_n, d_kid) AS d (n, kid) WHERE d.n <> ALL (struck);
        WITH killed AS (
            UPDATE data_keys k SET wrapped = NULL, dead_at = r_position[d.row]
              FROM unnest(d_n, d_row, d_kid) AS d (n, row, kid)
             WHERE d.n <> ALL (struck) AND k.kid = d.kid AND k.wrapped IS NOT NULL
            RETURNING k.kid)
        SELECT array_agg(killed.kid ORDER BY killed.kid) INTO died FROM killed;
        IF died IS DISTINCT FROM named THEN
            RAISE EXCEPTION 'the keys that died are not those the event names'
                USING ERRCODE = 'LG003';
        END IF;
        DELETE FROM lookups t WHERE t.kid = ANY (died);
    END IF;

    IF cardinality(s_n) > 0 THEN
        DELETE FROM lookups t USING unnest(s_n, s_kind, s_kid) AS s (n, kind, kid)
         WHERE s.n <> ALL (struck) AND t.kind = s.kind AND t.kid = s.kid;
    END IF;

    IF cardinality(l_n) > 0 THEN
        INSERT INTO lookups (kind, idx, kid, epoch, stream, exclusive)
        SELECT l.kind, l.idx, l.kid, l.epoch, l.stream, l.exclusive
          FROM unnest(l_n, l_kind, l_idx, l_kid, l_epoch, l_stream, l_exclusive)
            AS l (n, kind, idx, kid, epoch, stream, exclusive)
         WHERE l.n <> ALL (struck)
            ON CONFLICT (kind, idx, kid) DO NOTHING;
    END IF;

    IF cardinality(g_n) > 0 THEN
        INSERT INTO registers (kind, code, stream)
        SELECT g.kind, g.code, g.stream
          FROM unnest(g_n, g_kind, g_code, g_stream) AS g (n, kind, code, stream)
         WHERE g.n <> ALL (struck);
    END IF;

    IF cardinality(t_n) > 0 THEN
        INSERT INTO decision_states (stream, version, form, state)
        SELECT t.stream, t.version, t.form, t.state
          FROM unnest(t_n, t_stream, t_version, t_form, t_state)
            AS t (n, stream, version, form, state)
         WHERE t.n <> ALL (struck)
            ON CONFLICT (stream) DO UPDATE
           SET version = excluded.version, form = excluded.form, state = excluded.state;
    END IF;

    INSERT INTO commands (actor, command, fingerprint, epoch, outcome, stream, first_version,
                          last_version, position)
    SELECT c.actor, c.command, c.fingerprint, c.epoch, c.outcome, c.stream, c.first, c.last,
           c_position[c.n]
      FROM unnest(c_actor, c_command, c_fingerprint, c_epoch, c_outcome, c_stream, c_first, c_last)
        WITH ORDINALITY
        AS c (actor, command, fingerprint, epoch, outcome, stream, first, last, n)
     WHERE c.n <> ALL (struck);
END $$;
