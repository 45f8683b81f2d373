"""The stand-in for Twilio, for tests outside the adapter's own folder."""

from tests.integration.adapters.sms import conftest as sms

hook = sms.hook
hook_server = sms.hook_server
make_standin = sms.make_standin
make_transport = sms.make_transport
scripted = sms.scripted
