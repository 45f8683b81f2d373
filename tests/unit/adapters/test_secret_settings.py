"""Secrets of the settings: empty and weak ones are refused, with how to make one, and never shown."""

from typing import Any

import pytest

from adapters.settings import Settings, load_settings
from sequences.errors import SettingsError
from tests.support.settings import SECRET, SECRETS

STRONG = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def settings(**more: Any) -> Settings:
    return Settings(**({"database_url": "postgresql://x", **SECRETS} | more), _env_file=None)


@pytest.mark.parametrize("name", list(SECRETS))
@pytest.mark.parametrize("value", ["", ",", " , ", "x", "x" * 40])
def test_a_secret_that_can_be_guessed_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in SECRETS:
        monkeypatch.setenv(f"RELANCE_{each.upper()}", SECRET)
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv(f"RELANCE_{name.upper()}", value)
    with pytest.raises(
        SettingsError, match=f"RELANCE_{name.upper()}: .*make one with: openssl rand -hex 24"
    ) as refused:
        load_settings()
    assert value.strip(" ,") == "" or "xx" not in str(refused.value)


@pytest.mark.parametrize("name", ["bearer_token", "hook_secrets"])
def test_each_of_several_must_be_strong(name: str) -> None:
    assert settings(**{name: f"{STRONG}, {SECRET}"})
    with pytest.raises(ValueError, match="shorter than 16"):
        settings(**{name: f"{STRONG}, short"})


def test_an_old_key_of_links_may_be_weak_because_sent_mails_have_it() -> None:
    assert settings(token_keys=f"{STRONG}, short").keys() == (STRONG.encode(), b"short")
    with pytest.raises(ValueError, match="shorter than 16"):
        settings(token_keys=f"short, {STRONG}")


@pytest.mark.parametrize("value", ["", f"user:{STRONG}", STRONG, f"a:b:{STRONG}", f"user:{STRONG}, {SECRET}"])
def test_logins_of_providers_have_strong_passwords(value: str) -> None:
    assert settings(inbound_logins=value)


@pytest.mark.parametrize("value", ["user:", "user:short", "a-long-user-name-0123:short", "short", f"{STRONG}, u:short"])
def test_a_long_name_is_no_password(value: str) -> None:
    with pytest.raises(ValueError, match="shorter than 16"):
        settings(inbound_logins=value)


def test_the_token_of_the_settings_may_be_several() -> None:
    assert settings(bearer_token=f"{STRONG} ,{SECRET}").bearer_tokens() == (STRONG.encode(), SECRET.encode())
