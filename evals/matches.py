"""Which incidents match a question while a list is read, by SQL on the sandbox's store."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evals.conditions import matching
from evals.settings import NOW
from sandbox.rootly.dials import DIALS
from sandbox.store import Store

RELATIVE = {"-61m": timedelta(minutes=61), "-75m": timedelta(minutes=75), "-4h": timedelta(hours=4)}
"""The relative times in questions, and how long before `NOW` they are."""
_BLUR = {"minute": timedelta(minutes=1), "s": timedelta(seconds=1), "us": timedelta(milliseconds=1)}
"""By resolution, how far the time that Rootly compares may be from the time in the store."""


class Matches:
    """The incidents that match, surely or possibly.

    Some incidents match only possibly: it is not computed exactly what each dial changes.
    """

    def __init__(self, question: Mapping[str, Any], dials: Mapping[str, str]) -> None:
        self._dials = {name: dial.default for name, dial in DIALS.items()} | {**dials}
        self._narrow = self._narrowed(question)
        self._wide = self._widened(question)
        self.always: set[int] | None = None
        """The incidents that surely matched at every look. None before the first look."""
        self.ever: set[int] = set()
        """The incidents that possibly matched at some look."""
        self.counts: list[tuple[int, int]] = []
        """At each look, the number of sure matches and the number of possible ones."""

    def look(self, store: Store) -> None:
        """Record which incidents match now."""
        surely = {*matching(store, self._narrow)} - self._dropped(store)
        possibly = {*matching(store, self._wide)}
        if self.always is None:
            self.always = surely
        self.always = self.always & surely
        self.ever |= possibly
        self.counts.append((len(surely), len(possibly)))

    def allows_count(self, count: int) -> bool:
        """Whether *count* incidents may have matched at some look."""
        return any(few <= count <= many for few, many in self.counts)

    def _dropped(self, store: Store) -> set[int]:
        """The incidents without any value in an excluded relation, if the dial says `drops`."""
        if self._dials["excluding"] == "keeps":
            return set()
        having = "SELECT sequential_id FROM links WHERE relation = ?"
        without = f"SELECT sequential_id FROM incidents WHERE sequential_id NOT IN ({having})"
        dropped = set[int]()
        # Every incident has a status.
        for name in self._narrow.get("exclude", {}).keys() - {"status"}:
            dropped.update(store.values(without, [name]))
        return dropped

    def _narrowed(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The question in the form for `matching`, with the narrowest possible meaning."""
        narrow = self._with_bounds(question, self._blur())
        if "labels" in question and self._dials["label_filter"] in ("key", "value"):
            # With these dials, Rootly finds nothing by `key:value`. No incident has this label.
            narrow["labels"] = ["none:such"]
        return narrow

    def _widened(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The question in the form for `matching`, with the widest possible meaning."""
        wide = self._with_bounds(question, -self._blur())
        # With `any`, other kinds come too, and the tool accepts a sub-kind.
        has_sub_kinds = self._dials["kind_filter"] == "with_sub" or self._dials["combined"] == "any"
        if "kind" in question and has_sub_kinds:
            wide["kind"] = [*question["kind"], *(f"{kind}_sub" for kind in question["kind"])]
        return wide

    def _blur(self) -> timedelta:
        """How far the bound that Rootly uses may be from the bound in the question."""
        resolutions = self._dials["stored"], self._dials["compared"]
        return max(_BLUR.get(resolution, timedelta()) for resolution in resolutions)

    def _with_bounds(self, question: Mapping[str, Any], inwards: timedelta) -> dict[str, Any]:
        """The question, with datetimes as bounds, moved *inwards* (outwards if it is negative)."""
        with_bounds = dict(question)
        for name, bounds in question.items():
            if name.endswith("_at"):
                with_bounds[name] = self._bounds(name, bounds, inwards)
        return with_bounds

    def _bounds(
        self, name: str, bounds: Mapping[str, str], inwards: timedelta
    ) -> dict[str, datetime]:
        ahead = timedelta()
        if name == "updated_at":
            ahead = timedelta(seconds=float(self._dials["updated_clock"]))
        moved = {}
        for operator, text in bounds.items():
            direction = 1 if operator.startswith("g") else -1
            moved[operator] = _instant(text) - ahead + inwards * direction
        return moved


def _instant(text: str) -> datetime:
    if text in RELATIVE:
        return NOW - RELATIVE[text]
    return datetime.fromisoformat(text)
