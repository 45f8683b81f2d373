-- What one contact says for a whole company, until a person decides; and suppressions of a whole domain.
-- depends: 0121_answers

-- migrate: apply
CREATE TABLE company_opt_out (
    -- the reply in whose words it is
    reaction_id text PRIMARY KEY REFERENCES reaction,
    person_id text NOT NULL,
    -- whom the words speak for, as far as it is known
    client_id text,
    domain text,
    reasons text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'suppressed', 'dismissed')),
    noticed_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    people integer
);
CREATE INDEX company_opt_out_noticed ON company_opt_out (noticed_at, reaction_id);

-- A suppression whose address is "@domain" covers everybody who has, or comes to have, an address there.
CREATE FUNCTION cover_new_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT NEW.email_key, s.id, s.channel FROM suppression s
    WHERE s.address = '@' || split_part(NEW.email_key, '@', 2) AND s.person_id IS NULL AND s.lifted_at IS NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER person_cover_domain_first AFTER INSERT ON person
    FOR EACH ROW WHEN (NEW.email_key IS NOT NULL) EXECUTE FUNCTION cover_new_domain();
CREATE TRIGGER person_cover_domain_next AFTER UPDATE ON person
    FOR EACH ROW WHEN (NEW.email_key IS DISTINCT FROM OLD.email_key AND NEW.email_key IS NOT NULL)
    EXECUTE FUNCTION cover_new_domain();

-- migrate: rollback
DROP TRIGGER person_cover_domain_next ON person;
DROP TRIGGER person_cover_domain_first ON person;
DROP FUNCTION cover_new_domain;
DELETE FROM suppression WHERE address LIKE '@%';
DROP TABLE company_opt_out;
