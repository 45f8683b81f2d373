#!/bin/sh
# Makes the two databases of Temporal and brings their schema up to date. Every command may be repeated: `create` takes
# an existing database as done, `setup-schema` leaves a newer version alone, `update-schema` applies what is missing.
# The password is read from SQL_PASSWORD.
set -eu

schema() {
    database=$1
    shift
    temporal-sql-tool --plugin "$SQL_PLUGIN" --ep "$SQL_HOST" --port "$SQL_PORT" --user "$SQL_USER" --db "$database" "$@"
}

for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%%:*}
    folder=${pair##*:}
    schema "$database" create
    schema "$database" setup-schema --version 0.0
    schema "$database" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
