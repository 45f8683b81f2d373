"""The campaign of faults: the whole stack under fire, and a reader of what got out that shares no decision with it.

``plan`` writes who does what and what breaks, from a seed. ``stack`` is the local stack whose parts can be broken,
``faults`` breaks them, ``people`` plays everybody outside, ``wire`` notes when a message began to leave. ``state``
copies what Postgres and Temporal say at the end. ``evidence`` reads the folder of a campaign, ``reader`` judges it.
"""
