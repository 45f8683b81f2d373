#!/bin/sh
# Hands a file of record changes to the running local stack as a CRM would: by a signed hook. Needs curl and openssl.
#   sh examples/hand-over.sh examples/first-person.json
set -eu
home=${RELANCE_HOME:-.relance}
. "$home/local.env"
# The event id is made of the content: the same file twice is the same event, and changes nothing the second time.
body=$(printf '{"event_id": "file-%s", "changes": %s}' "$(cksum < "$1" | tr ' ' '-')" "$(cat "$1")")
now=$(date +%s)
mac=$(printf '%s.%s' "$now" "$body" | openssl dgst -sha256 -hmac "$RELANCE_HOOK_SECRETS" | sed 's/.* //')
curl --silent --show-error --fail-with-body --data-binary "$body" \
    --header 'Content-Type: application/json' \
    --header "X-Relance-Timestamp: $now" \
    --header "X-Relance-Signature: sha256=$mac" \
    "$RELANCE_PUBLIC_URL/hooks/crm"
echo
