-- What people say a reply means, where the model was unsure or wrong.
-- depends: 0014_hits

-- migrate: apply
CREATE TABLE review (
    -- the reaction that carries it out: the run hears of it as of anything that came back
    id text PRIMARY KEY REFERENCES reaction,
    reaction_id text NOT NULL REFERENCES reaction,
    -- of one reply the newest counts
    number integer NOT NULL CHECK (number > 0),
    label text NOT NULL CHECK (label IN ('positive', 'negative', 'neutral')),
    intent text NOT NULL,
    reviewer text,
    note text,
    reviewed_at timestamptz NOT NULL,
    -- what the model had said by then; null: it had said nothing
    said_label text,
    said_intent text,
    said_confidence double precision,
    said_held boolean,
    UNIQUE (reaction_id, number)
);
-- replies that a person must read, as long as nobody has
CREATE INDEX reaction_held ON reaction (received_at, id)
    WHERE kind = 'replied' AND handled_at IS NOT NULL AND coalesce(held_for_review, true) AND NOT coalesce(opt_out, false);
CREATE INDEX reaction_opt_out ON reaction (person_id) WHERE kind = 'replied';

-- migrate: rollback
DROP INDEX reaction_held, reaction_opt_out;
DROP TABLE review;
UPDATE reaction SET handled_at = received_at, decision = 'none', decision_reason = 'reviews were taken out'
WHERE kind = 'reviewed' AND handled_at IS NULL;
