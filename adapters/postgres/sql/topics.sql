-- name: reader_of_send(id)^
-- Who reads a message, and what it is about.
-- not null: person_id
SELECT s.person_id, p.language, v.definition ->> 'topic' AS topic
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
LEFT JOIN person p ON p.id = s.person_id
WHERE s.id = :id;

-- name: topic_left(people, emails, topic)
-- null: emails[]
-- Of many readers, by their places from 1: since when they do not want to hear of the topic.
-- not null: place, since
SELECT one.place, min(t.since) AS since
FROM unnest(:people::text[], :emails::text[]) WITH ORDINALITY AS one(person, email, place)
JOIN topic_opt_out t ON t.lifted_at IS NULL AND t.topic = :topic AND (t.person_id = one.person OR t.address = one.email)
GROUP BY one.place;

-- name: topics_left(people, addresses)
-- not null: topic, since
SELECT topic, min(since) AS since FROM topic_opt_out
WHERE lifted_at IS NULL AND (person_id = ANY(:people::text[]) OR address = ANY(:addresses::text[]))
GROUP BY topic ORDER BY topic;

-- name: published_topics()
-- Of the newest versions: what people who enter now would hear of.
-- not null: topic
SELECT DISTINCT v.definition ->> 'topic' AS topic FROM sequence_version v
WHERE v.definition ? 'topic' AND v.definition ->> 'topic' IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM sequence_version n WHERE n.sequence = v.sequence AND n.version > v.version)
ORDER BY 1;

-- name: leave_topic(person_id, address, topic, source, at)!
INSERT INTO topic_opt_out (person_id, address, topic, source, since)
VALUES (:person_id, :address, :topic, :source, :at) ON CONFLICT (person_id, topic) WHERE lifted_at IS NULL DO NOTHING;

-- name: rejoin_topics(people, addresses, topics, at)!
UPDATE topic_opt_out SET lifted_at = :at
WHERE lifted_at IS NULL AND topic = ANY(:topics::text[])
  AND (person_id = ANY(:people::text[]) OR address = ANY(:addresses::text[]));

-- name: pass_on_topics(id, into, source, at)!
-- Who was merged into another record asks for the same there.
INSERT INTO topic_opt_out (person_id, address, topic, source, since)
SELECT :into, NULL, topic, :source, :at FROM topic_opt_out WHERE person_id = :id AND lifted_at IS NULL
ON CONFLICT (person_id, topic) WHERE lifted_at IS NULL DO NOTHING;
