-- name: add_follow_up(id, enrollment_id, cause, event, position, kind, arguments, state, at)$
INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, at)
VALUES (:id, :enrollment_id, :cause, :event, :position, :kind, :arguments, :state, :at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: follow_up_row(id)^
SELECT * FROM follow_up WHERE id = :id;

-- name: follow_ups_of(enrollment_id)
SELECT * FROM follow_up WHERE enrollment_id = :enrollment_id ORDER BY at, cause, position;

-- name: settle_follow_up(id, state, result)!
UPDATE follow_up SET state = :state, result = :result WHERE id = :id;

-- name: add_task(id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at)!
INSERT INTO task (id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at)
VALUES (:id, :title, :description, :due_at, :owner_id, :person_id, :enrollment_id, :reaction_id, :created_at)
ON CONFLICT DO NOTHING;

-- name: add_lead(id, person_id, source, owner_id, enrollment_id, created_at)!
INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at)
VALUES (:id, :person_id, :source, :owner_id, :enrollment_id, :created_at) ON CONFLICT DO NOTHING;

-- name: add_to_list(list, person_id, added_at, enrollment_id)!
INSERT INTO list_member (list, person_id, added_at, enrollment_id) VALUES (:list, :person_id, :added_at, :enrollment_id)
ON CONFLICT DO NOTHING;

-- name: remove_from_list(list, person_id)!
DELETE FROM list_member WHERE list = :list AND person_id = :person_id;

-- name: add_notification(id, owner_id, kind, title, enrollment_id, person_id, created_at)!
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)
VALUES (:id, :owner_id, :kind, :title, :enrollment_id, :person_id, :created_at) ON CONFLICT DO NOTHING;

-- name: list_people(list)
SELECT person_id FROM list_member WHERE list = :list ORDER BY added_at, person_id;

-- name: list_names()
SELECT DISTINCT list FROM list_member ORDER BY list;
