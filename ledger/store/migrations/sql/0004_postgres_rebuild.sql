-- A rebuild fills a second set of tables beside the live ones (suffix `_new`) and then takes their
-- place. The projector's role owns nothing and makes no table: these functions of the owner do, for
-- the tables of the read side alone, which hold what anybody may compute again from the events.

CREATE FUNCTION projection_tables() RETURNS TABLE (name text) LANGUAGE sql IMMUTABLE AS $$
    SELECT unnest(ARRAY[
        'annulments', 'actors', 'disclosures', 'authorisations', 'key_states',
        'key_deaths', 'erasures', 'retained_slots', 'recipients', 'standing_access',
        'orders', 'order_words', 'irregularities', 'audit_trail', 'claims',
        'claim_releases', 'collections', 'collection_purposes', 'consents', 'switches',
        'openings', 'policies', 'runs', 'run_steps', 'run_ends', 'subjects',
        'profile_items'
    ])
$$;

-- Drops what a rebuild left: the tables it replaced, or those it had not finished.
CREATE FUNCTION projection_clear() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT name FROM projection_tables() LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I, %I', t || '_new', t || '_old');
    END LOOP;
    UPDATE projection_progress SET position = 0 WHERE projection_progress.name = 'rebuild';
END $$;

-- Makes the second set: empty, without indexes, open to whom the live tables are.
CREATE FUNCTION projection_begin() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET client_min_messages = warning AS $$
DECLARE
    t     text;
    given record;
BEGIN
    PERFORM projection_clear();
    FOR t IN SELECT name FROM projection_tables() LOOP
        EXECUTE format('CREATE TABLE %I (LIKE %I)', t || '_new', t);
        FOR given IN
            SELECT r.rolname, a.privilege_type
              FROM pg_class c, aclexplode(c.relacl) AS a JOIN pg_roles r ON r.oid = a.grantee
             WHERE c.oid = t::regclass AND a.grantee <> c.relowner
        LOOP
            EXECUTE format('GRANT %s ON %I TO %I', given.privilege_type, t || '_new', given.rolname);
        END LOOP;
    END LOOP;
END $$;

-- Builds the indexes of one table of the second set as the live one has them. Names of indexes are
-- unique in a schema: those of every second set end in `_b`.
CREATE FUNCTION projection_index(t text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    given record;
BEGIN
    IF t NOT IN (SELECT name FROM projection_tables()) THEN
        RAISE EXCEPTION 'not a table of the read side: %', t;
    END IF;
    FOR given IN
        SELECT CASE WHEN i.relname LIKE '%\_b' THEN left(i.relname, -2) ELSE i.relname || '_b' END
                   AS name,
               x.indisunique AS is_unique,
               substring(pg_get_indexdef(i.oid) FROM ' USING .*$') AS how
          FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
         WHERE x.indrelid = t::regclass
         ORDER BY x.indisunique DESC, i.relname
    LOOP
        EXECUTE format('CREATE %s INDEX %I ON %I%s', CASE WHEN given.is_unique THEN 'UNIQUE' END,
                       given.name, t || '_new', given.how);
    END LOOP;
    EXECUTE format('ANALYZE %I', t || '_new');
END $$;

-- Puts the second set in the place of the first, if it is as far; whoever reads waits, and sees one
-- set or the other. Every reader holds a lock on the positions from its first statement on.
CREATE FUNCTION projection_switch() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    live   bigint;
    beside bigint;
    t      text;
BEGIN
    LOCK TABLE projection_progress IN ACCESS EXCLUSIVE MODE;
    SELECT position INTO live FROM projection_progress WHERE projection_progress.name = 'projections';
    SELECT position INTO beside FROM projection_progress WHERE projection_progress.name = 'rebuild';
    IF beside < live OR to_regclass('audit_trail_new') IS NULL THEN
        RETURN false;
    END IF;
    FOR t IN SELECT name FROM projection_tables() LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', t, t || '_old');
        EXECUTE format('ALTER TABLE %I RENAME TO %I', t || '_new', t);
    END LOOP;
    UPDATE projection_progress SET position = beside WHERE projection_progress.name = 'projections';
    UPDATE projection_progress SET position = 0 WHERE projection_progress.name = 'rebuild';
    RETURN true;
END $$;
