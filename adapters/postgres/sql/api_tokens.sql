-- Named tokens of the HTTP API.

-- name: add_api_token(id, name, scopes, hash, at, created_by, expires_at)$
-- null: expires_at
INSERT INTO api_token (id, name, scopes, hash, created_at, created_by, expires_at)
VALUES (:id, :name, :scopes, :hash, :at, :created_by, :expires_at)
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id;

-- name: api_token_to_check(id)^
SELECT id, name, scopes, hash, former_hash, former_until, expires_at, last_used_at FROM api_token
WHERE id = :id AND revoked_at IS NULL;

-- name: use_api_token(id, now)!
UPDATE api_token SET last_used_at = :now WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :now);

-- name: find_api_token(key)^
-- By its id, or by its name as long as it is not revoked.
SELECT id, name, expires_at, revoked_at FROM api_token WHERE id = :key OR (name = :key AND revoked_at IS NULL)
ORDER BY (id = :key) DESC LIMIT 1;

-- name: rotate_api_token(id, hash, at, former_until)$
-- The former secret stays good for a while; the one before it ends.
UPDATE api_token SET former_hash = hash, former_until = :former_until, hash = :hash, rotated_at = :at
WHERE id = :id AND revoked_at IS NULL RETURNING id;

-- name: revoke_api_token(id, at, by)$
UPDATE api_token SET revoked_at = :at, revoked_by = :by WHERE id = :id AND revoked_at IS NULL RETURNING id;
