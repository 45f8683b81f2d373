-- An act of the console is done once, however often its button is pressed.
-- depends: 0195_console

-- migrate: apply
CREATE TABLE console_press (
    -- of the key of the form, who pressed, where, and what the form said
    digest bytea PRIMARY KEY,
    began_at timestamptz NOT NULL,
    -- sealed with what only that form and that browser know; None: still being done, or too large to keep
    answer bytea
);
CREATE INDEX console_press_began ON console_press (began_at);

-- migrate: rollback
DROP TABLE console_press;
