-- How many links of a form went out, and how many were answered.
-- depends: 0142_topics

-- migrate: apply
CREATE INDEX form_link_of_form ON form_link (form) INCLUDE (submitted_at);

-- migrate: rollback
DROP INDEX form_link_of_form;
