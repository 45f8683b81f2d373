-- Receivers of webhooks with a secret of their own, and what each try came to.

-- name: add_webhook_endpoint(id, name, url, secret, at, created_by)$
INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by)
VALUES (:id, :name, :url, :secret, :at, :created_by)
ON CONFLICT DO NOTHING RETURNING id;

-- name: find_webhook_endpoint(key)^
-- By its id or its name.
SELECT id, name, url, secret FROM webhook_endpoint WHERE removed_at IS NULL AND (id = :key OR name = :key)
ORDER BY (id = :key) DESC LIMIT 1;

-- name: webhook_endpoint_names()
SELECT name FROM webhook_endpoint WHERE removed_at IS NULL ORDER BY name;

-- name: webhook_secrets(url)^
SELECT id, secret, former_secret, former_until FROM webhook_endpoint WHERE url = :url AND removed_at IS NULL;

-- name: rotate_webhook_endpoint(id, secret, at, former_until)!
-- The former secret signs beside the new one for a while; the one before it ends.
UPDATE webhook_endpoint SET former_secret = secret, former_until = :former_until, secret = :secret, rotated_at = :at
WHERE id = :id AND removed_at IS NULL;

-- name: remove_webhook_endpoint(id, at, by)!
UPDATE webhook_endpoint SET removed_at = :at, removed_by = :by, secret = '', former_secret = NULL
WHERE id = :id AND removed_at IS NULL;

-- name: add_webhook_try(url, webhook_id, at, outcome, words)!
INSERT INTO webhook_try (url, webhook_id, at, outcome, words) VALUES (:url, :webhook_id, :at, :outcome, :words);
