-- name: lift_suppression(id, at, by, reason)$
-- By hand, once; its trigger has those looked at again who were refused because of it.
WITH lifted AS (
    UPDATE suppression SET lifted_at = :at WHERE id = :id AND lifted_at IS NULL RETURNING id, lifted_at
)
INSERT INTO suppression_lift (suppression_id, at, lifted_by, reason)
SELECT id, lifted_at, :by, :reason FROM lifted RETURNING suppression_id;

-- name: suppression_is_known(id)$
SELECT EXISTS (SELECT 1 FROM suppression WHERE id = :id);

-- name: suppressions_of_address(address)
-- not null: suppression_id
-- What is in force against an address, under whatever person.
SELECT suppression_id FROM suppressed_address WHERE address = :address ORDER BY suppression_id;
