"""The values of a result as text for people: exact in a file or a pipe, brief in a terminal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from server.commands.tables import brief_times
from server.commands.tables.text_styles import STYLES

_SUBJECTS = ("text", "summary", "title", "person", "slug", "name")
"""The member that an object in a list is about: the first of these that it has."""
_UNLABELLED = frozenset({"role", "person", "name"})
"""Members of an object in a list that are clear without their name."""
_TIMES = frozenset({"at", "since"})
_ENDINGS_OF_TIMES = ("_at", "_for", "_until")
_ENDINGS_OF_MINUTES = ("_p50", "_p90")
_HEADINGS = {"sequential_id": "number"}
"""The columns that have a shorter name in the header of a table in a terminal."""
_PERIODS = frozenset({"day", "week", "month"})
"""The columns of groups whose values are periods."""


class Writer:
    """Writes values in full, each in one line, and without the punctuation of JSON."""

    members_in_rows: Collection[str] = ()
    """Members of the result that the text of rows already shows."""
    separator = "; "
    """What separates the values of a list for which commas are not enough."""

    def text(self, name: str, value: Any) -> Text:
        """The *value* of the member *name*."""
        return Text(self.words(name, value))

    def heading(self, name: str) -> str:
        """The header of the column *name*."""
        return name

    def words(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            return self._object(name, value)
        if isinstance(value, list):
            return self._list(value)
        return self.scalar(name, value)

    def scalar(self, _: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return " ".join(str(value).split())

    def duration(self, minutes: float) -> str:
        return f"{minutes} min"

    def _object(self, name: str, members: Mapping[str, Any]) -> str:
        write = _OBJECTS.get(name)
        if write:
            return write(self, members)
        return ", ".join(f"{key}: {self.words(key, value)}" for key, value in members.items())

    def minutes(self, members: Mapping[str, Any]) -> str:
        """How long an incident took, such as `acknowledge 4 min, resolve 93 min`."""
        return ", ".join(f"{key} {self.duration(value)}" for key, value in members.items())

    def covered(self, members: Mapping[str, Any]) -> str:
        """How many incidents were read, such as `400 of 400 incidents`."""
        text = f"{members['incidents']} incidents"
        if "of" in members:
            text = f"{members['incidents']} of {members['of']} incidents"
        if "since" in members:
            text += f" since {self.words('since', members['since'])}"
        return text

    def _list(self, items: Sequence[Any]) -> str:
        objects = [item for item in items if isinstance(item, dict)]
        texts = [self._item(item) for item in items]
        has_times = any("at" in item for item in objects)
        has_commas = bool(objects) and any(", " in text for text in texts)
        return (self.separator if has_times or has_commas else ", ").join(texts)

    def _item(self, item: Any) -> str:
        """An item of a list. An object with a subject is written as `Amara Okafor (Commander)`."""
        if not isinstance(item, dict):
            return self.words("", item)
        members = {key: self.words(key, value) for key, value in item.items()}
        subject = next((key for key in _SUBJECTS if key in members), None)
        if subject is None:
            return self._object("", item)
        text = members.pop(subject)
        at = members.pop("at", "")
        others = ", ".join(_labelled(key, words) for key, words in members.items())
        parts = (at, text, f"({others})" if others else "")
        return " ".join(part for part in parts if part)


_OBJECTS: Mapping[str, Callable[[Writer, Mapping[str, Any]], str]] = {
    "minutes": Writer.minutes,
    "covered": Writer.covered,
}
"""How an object is written, by its name, if not as names with values."""


class BriefWriter(Writer):
    """Writes values for a terminal: short times and durations, and styles.

    * `now`: the time of the result.
    * `partial`: the periods that are not whole.
    """

    members_in_rows = ("partial",)
    separator = "\n"

    def __init__(self, now: datetime | None, partial: Collection[str]) -> None:
        self._now = now
        self._partial = partial

    def heading(self, name: str) -> str:
        return _HEADINGS.get(name, name)

    def text(self, name: str, value: Any) -> Text:
        style = STYLES.get(name)
        words = self.words(name, value)
        # The style belongs to the words, not to the spaces that a table puts around them.
        return Text.assemble((words, style(words) if style else ""))

    def scalar(self, name: str, value: Any) -> str:
        text = super().scalar(name, value)
        if name == "as_of":
            return brief_times.time(text, None)
        if name in _TIMES or name.endswith(_ENDINGS_OF_TIMES):
            return brief_times.time(text, self._now)
        if name.endswith(_ENDINGS_OF_MINUTES) and value is not None:
            return self.duration(value)
        if name in _PERIODS and value in self._partial:
            return f"{text} (partial)"
        return text

    def duration(self, minutes: float) -> str:
        return brief_times.duration(minutes)


def _labelled(name: str, words: str) -> str:
    return words if name in _UNLABELLED else f"{name} {words}"
