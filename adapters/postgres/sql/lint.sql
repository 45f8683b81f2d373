-- name: newest_definitions()
SELECT DISTINCT ON (sequence) definition FROM sequence_version ORDER BY sequence, version DESC;
