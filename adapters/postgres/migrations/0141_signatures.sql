-- The signature of an owner, for templates.
-- depends: 0140_forms

-- migrate: apply
ALTER TABLE owner ADD COLUMN signature text;

-- migrate: rollback
ALTER TABLE owner DROP COLUMN signature;
