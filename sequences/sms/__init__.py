"""Texts that come in: what Twilio acts on, what a phone made of a tap, and the words that a person wrote. Pure."""

from sequences.sms.reading import TextEvent, TextReading, read_text

__all__ = ["TextEvent", "TextReading", "read_text"]
