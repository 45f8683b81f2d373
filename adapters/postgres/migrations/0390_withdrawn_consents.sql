-- Other systems are told of a withdrawn consent as of any opt-out.
-- depends: 0360_erased_in_the_stream 0380_last_sends

-- migrate: apply
DROP TRIGGER suppression_streams ON suppression;
CREATE TRIGGER suppression_streams AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.lifted_at IS NULL
          AND NEW.reason IN ('opt_out', 'stop_word', 'unsubscribed', 'complained', 'preferences', 'by_hand', 'by_sequence',
                             'crm', 'company', 'consent_withdrawn'))
    EXECUTE FUNCTION stream_opt_out();

-- migrate: rollback
DROP TRIGGER suppression_streams ON suppression;
CREATE TRIGGER suppression_streams AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.lifted_at IS NULL
          AND NEW.reason IN ('opt_out', 'stop_word', 'unsubscribed', 'complained', 'preferences', 'by_hand', 'by_sequence',
                             'crm', 'company'))
    EXECUTE FUNCTION stream_opt_out();
