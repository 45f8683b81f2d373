"""What stands between backticks is code; nothing else of a text becomes markup."""

from __future__ import annotations

from markupsafe import Markup

from starter.console.code_words import code_words


def test_commands_in_a_text_are_code_and_the_rest_is_escaped() -> None:
    assert code_words("`a` or `b <c>`: <b>`") == "<code>a</code> or <code>b &lt;c&gt;</code>: &lt;b&gt;`"
    assert code_words("one ` alone") == "one ` alone"
    assert code_words("nothing ``") == "nothing ``"


def test_markup_stays_markup() -> None:
    assert code_words(Markup("<b>x</b> `y`")) == "<b>x</b> <code>y</code>"
    assert isinstance(code_words("x"), Markup)
