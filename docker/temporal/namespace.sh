#!/bin/sh
# Makes our namespace and registers the search attributes in it; run again, it changes nothing.
#   TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE  read by the command `temporal` itself
#   RETENTION                             how long closed runs are kept, such as 30d
#   KEYWORDS                              names of the attributes, with blanks between; all are of the type Keyword
set -eu

again() {
    # A server that has just started, or a namespace that has just been made, is not known everywhere at once.
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 30 ]; then
            echo "gave up: $*" >&2
            exit 1
        fi
        sleep 2
    done
}

has() {
    temporal operator search-attribute list | grep -Eq "(^|[[:space:]])$1([[:space:]]|\$)"
}

register() {
    has "$1" || temporal operator search-attribute create --name "$1" --type Keyword
}

again temporal operator cluster health
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    again temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
for name in $KEYWORDS; do
    again register "$name"
done
