"""What programs use of Relance: the client of its HTTP API, in ``relance.client``."""
