"""Twilio as tests need it: a server that answers badly, a hook that remembers, the stand-in, and our transport."""

from tests.support.servers.twilio import hook, hook_server, make_standin, make_transport, scripted

__all__ = ["hook", "hook_server", "make_standin", "make_transport", "scripted"]
