-- A rebuild makes these tables anew: all of the read side, from this revision on.

CREATE OR REPLACE FUNCTION projection_tables() RETURNS TABLE (name text) LANGUAGE sql IMMUTABLE AS $$
    SELECT unnest(ARRAY[
        'account_facts', 'account_members', 'accounts', 'actors', 'annulments', 'audit_trail',
        'authorisations', 'broken_rules', 'case_values', 'claim_releases', 'claims', 'collection_purposes',
        'collections', 'consents', 'contents', 'disclosures', 'due_keys', 'due_marks', 'dues',
        'dues_met', 'duties', 'duties_met', 'erasures', 'handovers', 'irregularities', 'irregularity_closures',
        'key_deaths', 'key_states', 'objections', 'openings', 'order_words', 'orders', 'policies',
        'profile_items', 'recipients', 'refusals', 'regimes_determined', 'requests_passed_on',
        'restriction_lifts', 'restrictions', 'retained_slots', 'run_ends',
        'run_steps', 'runs', 'standing_access', 'standing_closings', 'subjects', 'switches'
    ])
$$;
