"""Texts that come in: what Twilio acts on, what a phone made of a tap, and the words that a person wrote. Pure."""

from sequences.sms.reading import SmsEvent, SmsReading, read_sms

__all__ = ["SmsEvent", "SmsReading", "read_sms"]
