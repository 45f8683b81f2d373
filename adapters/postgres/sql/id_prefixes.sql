-- Ids by their beginning. Ranges and neighbours in the order of "C", so that the indexes *_beginning serve whatever the
-- database's own collation is; ids are of letters, digits and . _ : -, which all come before "~".

-- name: enrollment_by_prefix(prefix, limit)
SELECT id FROM enrollment WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: enrollment_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM enrollment WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM enrollment WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: reaction_by_prefix(prefix, limit)
SELECT id FROM reaction WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: reaction_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM reaction WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM reaction WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: delivery_by_prefix(prefix, limit)
SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: delivery_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM follow_up WHERE kind IN ('enroll', 'webhook') AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: inbound_by_prefix(prefix, limit)
SELECT id FROM inbound WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: inbound_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM inbound WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM inbound WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: send_by_prefix(prefix, limit)
SELECT id FROM send WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: send_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM send WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM send WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: job_by_prefix(prefix, limit)
SELECT id FROM job WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: job_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM job WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM job WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: batch_by_prefix(prefix, limit)
SELECT id FROM rule_batch WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: batch_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM rule_batch WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM rule_batch WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- Of the CRM's ids only the long ones have a beginning (services.reading.id_prefix says why); the exact id comes first.

-- name: person_by_prefix(prefix, limit)
SELECT id FROM person WHERE id = :prefix
UNION ALL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" > :prefix AND id COLLATE "C" < :prefix || '~'
           ORDER BY id COLLATE "C" LIMIT :limit);

-- name: person_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM person WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: placement_by_prefix(prefix, limit)
SELECT id FROM placement WHERE id = :prefix
UNION ALL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" > :prefix AND id COLLATE "C" < :prefix || '~'
           ORDER BY id COLLATE "C" LIMIT :limit);

-- name: placement_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM placement WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: owner_by_prefix(prefix, limit)
SELECT id FROM owner WHERE id = :prefix
UNION ALL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" > :prefix AND id COLLATE "C" < :prefix || '~'
           ORDER BY id COLLATE "C" LIMIT :limit);

-- name: owner_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM owner WHERE length(id) > 18 AND id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;

-- name: task_by_prefix(prefix, limit)
SELECT id FROM task WHERE id COLLATE "C" >= :prefix AND id COLLATE "C" < :prefix || '~'
ORDER BY id COLLATE "C" LIMIT :limit;

-- name: task_neighbours(ids)
-- row: NeighboursRow
SELECT given.id, before.id AS before, after.id AS after FROM unnest(:ids::text[]) AS given (id)
LEFT JOIN LATERAL (SELECT id FROM task WHERE id COLLATE "C" < given.id
                   ORDER BY id COLLATE "C" DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (SELECT id FROM task WHERE id COLLATE "C" > given.id
                   ORDER BY id COLLATE "C" LIMIT 1) after ON true;
