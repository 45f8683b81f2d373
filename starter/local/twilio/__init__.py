"""A stand-in for Twilio: the same contract over HTTP, on this machine."""
