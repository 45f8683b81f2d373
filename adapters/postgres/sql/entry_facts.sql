-- What is known of people who would enter a sequence, of many in one statement. Places count from 1.

-- name: entry_obstacles(people, emails, phones, topic)
-- null: emails[], phones[], topic, channel, reason
-- not null: place, kind, since
-- What stands against each: suppressions by channel, an answer that nobody has handled or that is matched to no run, and
-- since when they do not want to hear of the topic. The function is in 0181_entry_in_fewer.sql.
SELECT place, kind, channel, reason, since FROM entry_obstacles(:people, :emails, :phones, :topic);

-- name: addresses_in_sequence(sequence, people, steps, channels, keys, now)
-- not null: place
-- Those of the addresses that a sequence reaches, or is about to reach, for another person.
SELECT place FROM addresses_in_sequence(:sequence, :people, :steps, :channels, :keys, :now) AS a(place);
