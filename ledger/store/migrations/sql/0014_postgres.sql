-- Consents by the text that was agreed to: which texts there are, and who agreed to one, newest
-- first, without looking at the others.

CREATE INDEX consents_text
    ON consents (policy, purpose, notice_version, notice_language, position)
    WHERE notice_version IS NOT NULL AND purpose IS NOT NULL;
