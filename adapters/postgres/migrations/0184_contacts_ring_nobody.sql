-- A message of ours that went out wakes nobody at once.
-- depends: 0101_outbox

-- migrate: apply
-- Each ends with a change of "last_contacted". What rules make of it can wait for the dispatchers' look every two seconds:
-- NOTIFY makes commits wait for each other, and a look and a wake-up of the watcher cost more than the change.
DROP TRIGGER change_rings ON change;
CREATE CONSTRAINT TRIGGER change_rings AFTER INSERT ON change DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.origin <> 'relance' OR NEW.fields <> ARRAY['person.last_contacted'])
    EXECUTE FUNCTION ring_for_dispatchers('changes');

-- migrate: rollback
DROP TRIGGER change_rings ON change;
CREATE CONSTRAINT TRIGGER change_rings AFTER INSERT ON change DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ring_for_dispatchers('changes');
