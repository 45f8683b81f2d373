"""Mail that comes in: bytes to values. Pure; never raises, whatever the bytes; linear time."""

from sequences.inbound.model import Failure, InboundEvent, InboundMail
from sequences.inbound.parse import parse_mail
from sequences.inbound.replies.reply_text import Reply, read_reply, reply_text

__all__ = ["Failure", "InboundEvent", "InboundMail", "Reply", "parse_mail", "read_reply", "reply_text"]
