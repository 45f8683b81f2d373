-- name: console_looks(longest, workers)!
-- For the rest of the transaction: no statement takes longer, or more workers, and each is planned for what is asked.
SELECT set_config('statement_timeout', :longest::text, true), set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', :workers::text, true);

-- name: console_owns_anybody(owner_id)$
-- one row
-- Whether anything is this owner's: a person, a placement, a run, or a task to do.
SELECT EXISTS (SELECT FROM person p WHERE p.owner_id = :owner_id)
    OR EXISTS (SELECT FROM placement l WHERE l.owner_id = :owner_id)
    OR EXISTS (SELECT FROM enrollment e WHERE e.owner_id = :owner_id)
    OR EXISTS (SELECT FROM task t WHERE t.owner_id = :owner_id AND t.state = 'open');
