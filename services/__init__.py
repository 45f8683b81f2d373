"""What one request does, one transaction each: called by the ways in and by activities. Effects lie in adapters."""
