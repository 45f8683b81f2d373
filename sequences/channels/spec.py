"""What one channel is: everything that the rest of Relance asks about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sequences.planning.wallclock import ClockRange


@dataclass(frozen=True, slots=True)
class AddressField:
    """Where the recipient's address on a channel is, and how it is read.

    Attributes:
        name: field of the catalogue, such as ``person.email``.
        problem: why a value is no usable address, in a word or two, or None. Gets the value and the organisation's
            phone region.
        key: the form in which addresses are compared, or None for a value that is none. Gets the same.
    """

    name: str
    problem: Callable[[object, str], str | None]
    key: Callable[[object, str], str | None]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person must have said before anything goes to them.

    Attributes:
        field: of the catalogue; it says since when.
        source: field of the catalogue that says by what the person agreed.
        missing: why nobody without it is written to, in a word or two.
    """

    field: str
    source: str
    missing: str

    @property
    def column(self) -> str:
        """``field`` as records store it."""
        return self.field.partition(".")[2]

    @property
    def source_column(self) -> str:
        """``source`` as records store it."""
        return self.source.partition(".")[2]


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One channel.

    Attributes:
        name: the key of a step in a sequence file, and what every ``channel`` column holds. Never changed.
        label: one message in a word or two: ``e-mail``, ``text``. People also read ``by e-mail`` and ``e-mails``.
        noun: one message with its article: ``a text message``.
        title: all messages, as a heading: ``Text messages``.
        address: of the recipient.
        opt_out_words: what a column of an imported file calls the channel, in small letters.
        mail_like: a template has a subject, HTML and attachments, not only words.
        unsubscribe_link: a message should have one; templates may name ``unsubscribe_url``.
        segmented: messages are billed by segments, so long templates get a warning.
        hours: in which the law lets us send, on the recipient's clock. ``texting_hours`` narrows them. None: any.
        cap: default of ``frequency_cap``.
        from_owner: a message goes out in the name and from the address of a recruiter, which must be a usable one.
        bounces: what did not arrive comes back, so later messages may depend on it, and an address may be given up.
        backs_off: a sender's server may ask for less, which puts off all messages of that sender.
        stop_words: the provider knows STOP and START. STOP suppresses the address alone, so that START can lift it.
        consent: that is needed; None: none is.
        head: keys that may stand above the words of a template, besides ``language``; each value may name fields.
        approved_by: which of them names what the provider has approved. A template without it holds free words.
        free_for: how long free words may go after the person's last message on the channel; None: always.
        by_twilio: Twilio carries it, and tells of it at the hooks for texts.
        twilio_mark: stands before a number where Twilio means this channel.
        read_before_answer: the provider has the whole message before it says "later": it stays as it is from then on.
    """

    name: str
    label: str
    noun: str
    title: str
    address: AddressField
    opt_out_words: frozenset[str] = frozenset()
    mail_like: bool = False
    unsubscribe_link: bool = False
    segmented: bool = False
    hours: ClockRange | None = None
    cap: str = "1 a day"
    from_owner: bool = False
    bounces: bool = False
    backs_off: bool = False
    stop_words: bool = False
    read_before_answer: bool = False
    consent: Consent | None = None
    head: frozenset[str] = frozenset()
    approved_by: str | None = None
    free_for: timedelta | None = None
    by_twilio: bool = False
    twilio_mark: str = ""

    @property
    def endings(self) -> tuple[str, ...]:
        """Of the files of a template, the words first."""
        text = f".{self.name}.txt"
        return (text, f".{self.name}.html") if self.mail_like else (text,)
