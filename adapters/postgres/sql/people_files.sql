-- Files of people that are uploaded in the console, and imported by a job.

-- name: add_people_file(id, user_id, name, content, at)!
INSERT INTO people_file (id, user_id, name, content, uploaded_at) VALUES (:id, :user_id, :name, :content, :at);

-- name: people_file(id, user_id)^
-- Of that user alone.
SELECT * FROM people_file WHERE id = :id AND user_id = :user_id;

-- name: choose_for_people_file(id, user_id, choices)!
UPDATE people_file SET choices = :choices WHERE id = :id AND user_id = :user_id;

-- name: empty_people_file(id)!
UPDATE people_file SET content = NULL WHERE id = :id;


-- name: sequences_to_enroll_in(record)
-- not null: name
-- Those about such records that are in use.
SELECT DISTINCT ON (sequence) sequence, coalesce(definition ->> 'name', sequence) AS name FROM sequence_version v
WHERE definition ->> 'record' = :record AND NOT EXISTS (SELECT FROM archived_sequence a WHERE a.sequence = v.sequence)
ORDER BY sequence, version DESC;

-- name: owners_of_files()
-- Whom a file can name as an owner.
SELECT id, first_name, last_name, email FROM owner;

-- name: owners_of_placements(ids)
-- Whose placements are: of their own owner, else of the person's.
SELECT l.id, l.person_id, coalesce(l.owner_id, p.owner_id) AS owner_id
FROM placement l LEFT JOIN person p ON p.id = l.person_id WHERE l.id = ANY(:ids::text[]);
