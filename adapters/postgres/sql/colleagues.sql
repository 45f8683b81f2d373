-- name: colleagues_runs(client_id, sequence, person_id)
-- Open runs of the sequence about other people of a client, whose version says that they hear of its replies.
SELECT e.id, e.person_id FROM person p JOIN enrollment e ON e.person_id = p.id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
WHERE p.client_id = :client_id AND e.sequence = :sequence AND e.person_id <> :person_id AND run_is_open(e.state)
  AND coalesce(v.definition ->> 'same_client', 'go_on') <> 'go_on'
ORDER BY e.id;

-- name: open_runs_of_people(people)
SELECT e.id, e.person_id FROM enrollment e WHERE e.person_id = ANY(:people::text[]) AND run_is_open(e.state) ORDER BY e.id;

-- name: add_company_opt_out(reaction_id, person_id, client_id, domain, reasons, noticed_at)$
-- null: client_id, domain
INSERT INTO company_opt_out (reaction_id, person_id, client_id, domain, reasons, state, noticed_at)
VALUES (:reaction_id, :person_id, :client_id, :domain, :reasons, 'open', :noticed_at)
ON CONFLICT DO NOTHING RETURNING reaction_id;

-- name: lock_company_opt_out(reaction_id)^
SELECT * FROM company_opt_out WHERE reaction_id = :reaction_id FOR UPDATE;

-- name: decide_company_opt_out(reaction_id, state, at, by, people)!
-- null: by
UPDATE company_opt_out SET state = :state, decided_at = :at, decided_by = :by, people = :people
WHERE reaction_id = :reaction_id;

-- name: people_of_client(client_id)
SELECT id FROM person WHERE client_id = :client_id AND deleted_at IS NULL ORDER BY id;

-- name: people_of_domain(domain)
-- By a sequential scan: a person asks for it, once in a while.
-- not null: email_key
SELECT id, email_key FROM person WHERE split_part(email_key, '@', 2) = :domain AND deleted_at IS NULL ORDER BY id;
