-- name: console_values_of_fields(fields, alone, least, most)
-- not null: field, value
-- Values that fields have, the most frequent first, from a sample of the pages of each table: a table of ten million
-- people is read no further than one of ten thousand. Of a field in "alone" one record is enough, of others "least".
WITH sampled AS (
    SELECT 'person' AS kind, to_jsonb(p) AS record
    FROM person p TABLESAMPLE SYSTEM (least(100, 15000.0 / greatest(pg_relation_size('person') / 8192, 1))) REPEATABLE (1)
    WHERE p.deleted_at IS NULL
    UNION ALL
    SELECT 'placement', to_jsonb(l)
    FROM placement l TABLESAMPLE SYSTEM (least(100, 15000.0 / greatest(pg_relation_size('placement') / 8192, 1))) REPEATABLE (1)
    WHERE l.deleted_at IS NULL
    UNION ALL
    SELECT 'client', to_jsonb(c)
    FROM client c TABLESAMPLE SYSTEM (least(100, 15000.0 / greatest(pg_relation_size('client') / 8192, 1))) REPEATABLE (1)
), found AS (
    SELECT f.field, CASE WHEN f.field LIKE 'custom.%' THEN s.record -> 'custom' ELSE s.record END
                    -> split_part(f.field, '.', 2) AS value
    FROM sampled s JOIN unnest(:fields::text[]) f (field) ON split_part(f.field, '.', 1) IN (s.kind, 'custom')
), each AS (
    SELECT f.field, trim(v.value) AS value FROM found f
    CROSS JOIN LATERAL (SELECT f.value #>> '{}' AS value WHERE jsonb_typeof(f.value) IN ('string', 'number')
                        UNION ALL
                        SELECT a.value #>> '{}' FROM jsonb_array_elements(
                            CASE jsonb_typeof(f.value) WHEN 'array' THEN f.value ELSE '[]' END) a (value)) v
), counted AS (
    SELECT e.field, e.value, count(*) AS number,
           row_number() OVER (PARTITION BY e.field ORDER BY count(*) DESC, e.value) AS place
    FROM each e WHERE e.value <> '' AND length(e.value) <= 100 GROUP BY e.field, e.value
    HAVING count(*) >= :least OR e.field = ANY(:alone::text[])
)
SELECT c.field, c.value FROM counted c WHERE c.place <= :most ORDER BY c.field, c.place;
