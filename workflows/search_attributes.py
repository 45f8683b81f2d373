"""The registry of search attributes: typed keys, and nothing that names a person.

A key that the server does not know hangs a run for ever, so the worker checks this registry at start.
"""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

from sequences.names import SEARCH_ATTRIBUTES

SEQUENCE = SearchAttributeKey.for_keyword("RelanceSequence")
RECORD = SearchAttributeKey.for_keyword("RelanceRecord")
PERSON = SearchAttributeKey.for_keyword("RelancePerson")
OWNER = SearchAttributeKey.for_keyword("RelanceOwner")
PHASE = SearchAttributeKey.for_keyword("RelancePhase")

if {key.name for key in (SEQUENCE, RECORD, PERSON, OWNER, PHASE)} != set(SEARCH_ATTRIBUTES):
    raise RuntimeError("the typed keys and sequences.names.SEARCH_ATTRIBUTES differ")
