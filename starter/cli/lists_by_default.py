"""Commands with a list that most people want of them."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class ListsByDefault(TyperGroup):
    """``relance NAME`` is ``relance NAME list``; another group may have another word."""

    by_default = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the word in that people leave out."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [self.by_default, *args]
        return super().parse_args(ctx, args)
