"""Texts: the Twilio transport, the check of Twilio's webhook signatures, and the stand-in for the local stack."""
