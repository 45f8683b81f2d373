"""What a token of the HTTP API may do: a scope, and the scope that each operation needs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class TokenScope(enum.StrEnum):
    """A token has one or more. ``admin`` holds all others, ``steer`` the two before it; only ``read`` reads."""

    HOOKS = "hooks"
    """Hand in mail."""
    ENROLL = "enroll"
    """Enroll people."""
    READ = "read"
    """Read everything but tokens; check texts of a draft."""
    DRAFT = "draft"
    """Save drafts; a person publishes them."""
    JUDGE = "judge"
    """Say what replies mean."""
    STEER = "steer"
    """Steer runs, sequences and rules; save drafts; answer and review replies; do tasks."""
    ADMIN = "admin"
    """Everything, settings of owners and tokens included."""


_WRITES: Final[Mapping[TokenScope, tuple[str, ...]]] = {
    TokenScope.HOOKS: ("receive_mime",),
    TokenScope.ENROLL: ("enroll_person",),
    # Asks by POST, because it brings texts; it changes nothing.
    TokenScope.READ: ("check_sequence",),
    TokenScope.DRAFT: ("save_sequence_draft",),
    TokenScope.JUDGE: ("review_reply",),
    TokenScope.STEER: (
        *("pause_enrollment", "resume_enrollment", "stop_enrollment", "skip_step", "send_step_now", "move_enrollment"),
        *("pause_person", "resume_person", "stop_person", "give_consent", "withdraw_consent"),
        *("pause_sequence", "resume_sequence", "pause_owner", "resume_owner", "pause_everything", "resume_everything"),
        *(
            "choose_variant",
            "archive_sequence",
            "unarchive_sequence",
            "start_scan",
            "approve_batch",
            "discard_batch",
        ),
        *("close_days", "open_days", "lift_window", "move_window", "retry_deliveries", "retry_delivery"),
        *("pause_event_subscription", "resume_event_subscription", "replay_events"),
        *("settle_unknown_send", "cancel_job", "redeliver_webhook", "retry_crm_writes"),
        *("answer_reply", "suppress_the_company", "dismiss_the_company", "address_works"),
        *("attach_unmatched", "dismiss_unmatched", "done", "snooze_task", "assign_task", "test_message"),
        *("make_calendar_link", "end_calendar_link", "revoke_form_link"),
        *("pause_mailbox", "resume_mailbox", "try_mailbox"),
    ),
    TokenScope.ADMIN: (
        *("set_owner_notify_by", "set_owner_replies_by", "lift_suppression", "erase_person"),
        *("list_tokens", "create_api_token", "rotate_api_token", "revoke_api_token"),
        *("add_webhook_endpoint", "rotate_webhook_endpoint", "remove_webhook_endpoint", "test_webhook_endpoint"),
        *("subscribe_to_events", "unsubscribe_from_events"),
        *("add_mailbox", "set_mailbox", "archive_mailbox", "move_runs_of_mailbox"),
    ),
}
"""Operations by the scope that they need, by their names."""
_HELD: Final = {TokenScope.STEER: (TokenScope.DRAFT, TokenScope.JUDGE), TokenScope.ADMIN: tuple(TokenScope)}
"""What a scope holds beside itself."""
_NEEDS: Final[Mapping[str, TokenScope]] = {name: scope for scope, names in _WRITES.items() for name in names}


def needed_scope(operation: str, methods: Collection[str]) -> TokenScope:
    """The scope that an operation of the API needs.

    Args:
        operation: its name.
        methods: of HTTP; an operation that only reads needs ``read`` unless it is named above.

    Raises:
        SettingsError: it changes something, and no scope is declared for it. The server does not start like that.
    """
    declared = _NEEDS.get(operation)
    if declared is None and not set(methods) <= {"GET", "HEAD"}:
        raise SettingsError(f"the operation {operation} has no scope: sequences/access/token_scope.py declares them")
    return declared or TokenScope.READ


def allows(scopes: Collection[TokenScope], needed: TokenScope) -> bool:
    """Whether a token with these scopes may do what needs ``needed``."""
    return any(needed is scope or needed in _HELD.get(scope, ()) for scope in scopes)


def parse_scopes(given: Collection[str]) -> tuple[TokenScope, ...]:
    """Scopes as they are written, each once, in the order above.

    Raises:
        SettingsError: there is none, or one that is unknown.
    """
    unknown = sorted(set(given) - set(TokenScope))
    if unknown or not given:
        what = f"{unknown[0]!r} is no scope" if unknown else "a token needs a scope"
        raise SettingsError(f"{what}: {', '.join(TokenScope)}")
    return tuple(scope for scope in TokenScope if scope in given)
