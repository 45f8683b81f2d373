"""The event stream, as other systems get it: the types of events, their schemas, and cursors. Pure."""
