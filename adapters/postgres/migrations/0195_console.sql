-- The console: people are found by the words of their names, and a review can be taken back for some seconds.
-- depends: 0152_answers_of_reactions

-- migrate: apply

-- The words of a name, as search compares them: folded, without accents, and an apostrophe parts nothing (O'Brien, OBrien).
-- Bodies are bound when they are made (RETURN): an index calls them with a search path of its own.
CREATE FUNCTION search_words(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(regexp_split_to_array(
    translate(regexp_replace(normalize(relance_folded(value), NFD), U&'[\0300-\036F]', '', 'g'), U&'\00F8\0142\0111\0131''\2019\02BC', 'oldi'),
    '[[:space:]!-/:-@\[-`{-~]+'), '');
-- What is found by a name: its own words, and those of the address before the @, which is how many remember people.
CREATE FUNCTION person_words(first_name text, last_name text, email text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(search_words(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || split_part(coalesce(email, ''), '@', 1)));
-- Every word is the start of one of theirs. Quotes and backslashes are no words: search_words took them out.
CREATE FUNCTION words_query(value text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((SELECT string_agg('''' || word || ''':*', ' & ') FROM unnest(search_words(value)) word), '')::tsquery;
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(array_to_string(search_words(name), ' '), '');
CREATE INDEX person_search ON person USING gin (person_words(first_name, last_name, email));
CREATE INDEX person_by_name ON person (name_key(last_name), name_key(first_name), id);

-- What somebody said of a reply and may still take back: it becomes a review when it is due.
CREATE TABLE waiting_review (
    reaction_id text PRIMARY KEY REFERENCES reaction,
    label text NOT NULL,
    intent text,
    not_an_opt_out boolean NOT NULL DEFAULT false,
    reviewer text NOT NULL,
    user_id text NOT NULL,
    said_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX waiting_review_due ON waiting_review (due_at);

-- migrate: rollback
DROP TABLE waiting_review;
DROP INDEX person_by_name, person_search;
DROP FUNCTION name_key, words_query, person_words, search_words;
