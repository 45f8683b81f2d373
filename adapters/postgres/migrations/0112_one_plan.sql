-- Whether an address is taken in a sequence is planned once for each connection: a plan costs more than the answer.
-- depends: 0018_address_keys

-- migrate: apply
CREATE FUNCTION addresses_in_sequence(
    in_sequence text, people text[], steps text[], channels text[], keys text[], at timestamptz
) RETURNS SETOF bigint LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT a.place
    FROM unnest(people, steps, channels, keys) WITH ORDINALITY AS a(person_id, step, channel, key, place)
    WHERE EXISTS (SELECT 1 FROM address_taken(in_sequence, a.step, a.channel, a.key, a.person_id, NULL, at))
       -- Each with the index of its own kind of address.
       OR (a.channel = 'email' AND EXISTS (
           SELECT 1 FROM person p JOIN enrollment e ON e.person_id = p.id
           WHERE p.email_key = a.key AND e.sequence = in_sequence AND p.id <> a.person_id AND run_is_open(e.state)))
       OR (a.channel <> 'email' AND EXISTS (
           SELECT 1 FROM person p JOIN enrollment e ON e.person_id = p.id
           WHERE p.phone_key = a.key AND e.sequence = in_sequence AND p.id <> a.person_id AND run_is_open(e.state)));
END $$;

-- migrate: rollback
DROP FUNCTION addresses_in_sequence;
