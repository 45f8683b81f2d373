"""The settings of a draft, in words and as a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.definition.durations import DurationUnit
from sequences.editing.settings import CAP_UNITS, GROUPS, SETTINGS, field_name, fields_of_setting, value_of_setting
from sequences.records.catalogue import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.checking import FileProblem
    from sequences.editing.settings import Setting
    from services.console.editor import EditorPage

KEYS: Final = frozenset(each.path[0] for each in SETTINGS)
"""Keys of the file that the card shows."""
_DATES: Final = frozenset({FieldType.DATE, FieldType.DATETIME})


@dataclass(frozen=True)
class EditedSetting:
    """One setting.

    Attributes:
        value: as the file says it; None: it does not, and the default counts.
        fields: of its form; None: no form can show it.
    """

    setting: Setting
    value: Any
    fields: Mapping[str, str] | None

    @property
    def name(self) -> str:
        """Of its field in the form."""
        return field_name(self.setting)


@dataclass(frozen=True)
class EditedSettings:
    """What the card *Settings* shows.

    Attributes:
        groups: of settings, in the order of the form.
        problems: of their lines.
        days: fields that steps can count from: name and label.
    """

    groups: tuple[tuple[str, tuple[EditedSetting, ...]], ...]
    problems: tuple[FileProblem, ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    keys: frozenset[str] = KEYS
    durations: tuple[str, ...] = tuple(unit.value for unit in DurationUnit)
    cap_units: tuple[str, ...] = CAP_UNITS


def edited_settings(page: EditorPage, labels: Mapping[str, str]) -> EditedSettings:
    """The settings of a page of the editor.

    Args:
        page: with its parts.
        labels: what fields are called.
    """
    data = {each.part.key: each.part.values for each in page.parts if each.part.index is None}
    return EditedSettings(
        tuple((name, tuple(_line(each, data) for each in settings)) for name, settings in GROUPS.items()),
        tuple(problem for each in page.parts if each.part.key in KEYS for problem in each.problems),
        tuple((each.name, labels.get(each.name, each.label)) for each in page.fields if each.type in _DATES),
    )


def _line(setting: Setting, data: Mapping[str, Any]) -> EditedSetting:
    value = value_of_setting(data, setting)
    return EditedSetting(setting, value, fields_of_setting(setting, value))
