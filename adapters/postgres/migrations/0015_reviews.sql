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
    -- what people have said by then of the wish not to be contacted: true, it is there; false, it is denied; null,
    -- nothing, and the model's word counts, also one that comes later
    opt_out boolean,
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
ALTER TABLE reaction
    -- of a reply: when somebody last said what it means
    ADD COLUMN reviewed_at timestamptz,
    -- number of the review that its verdict followed; null: there was none
    ADD COLUMN judged_by integer,
    -- until when its verdict wants the run to pause, also when the run was paused already
    ADD COLUMN pause_until timestamptz;
-- replies that a person must read, as long as nobody has
CREATE INDEX reaction_held ON reaction (handled_at, id)
    WHERE kind = 'replied' AND handled_at IS NOT NULL AND reviewed_at IS NULL AND coalesce(held_for_review, true)
        AND NOT coalesce(opt_out, false);
CREATE INDEX reaction_opt_out ON reaction (person_id) WHERE kind = 'replied';
CREATE INDEX reaction_enrollment ON reaction (enrollment_id);
-- for the beginning of an id; another collation could not be searched by range
CREATE INDEX reaction_beginning ON reaction (id COLLATE "C");
CREATE INDEX suppression_person ON suppression (person_id) WHERE lifted_at IS NULL;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;

-- migrate: rollback
DROP INDEX person_merged, suppression_person, reaction_beginning, reaction_enrollment, reaction_opt_out, reaction_held;
ALTER TABLE reaction DROP COLUMN reviewed_at, DROP COLUMN judged_by, DROP COLUMN pause_until;
DROP TABLE review;
UPDATE reaction SET handled_at = received_at, decision = 'none', decision_reason = 'reviews were taken out'
WHERE kind = 'reviewed' AND handled_at IS NULL;
