"""Which incidents match a question while a list is read, by SQL on the sandbox's store."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from evals.conditions import matching
from evals.settings import NOW
from sandbox.rootly.dials import DIALS
from sandbox.store import Store

RELATIVE = {"-61m": timedelta(minutes=61), "-75m": timedelta(minutes=75), "-4h": timedelta(hours=4)}
_BLUR = {"minute": timedelta(minutes=1), "s": timedelta(seconds=1), "us": timedelta(milliseconds=1)}
"""How far from what is stored a time may be compared, by the resolution."""


class Matches:
    """What matches, surely and possibly: how exactly Rootly compares is not known."""

    def __init__(self, question: Mapping[str, Any], dials: Mapping[str, str]) -> None:
        self._dials = {name: dials.get(name, dial.default) for name, dial in DIALS.items()}
        self._narrow = self._spelled(question, 1)
        self._wide = self._spelled(question, -1)
        self.always: set[int] | None = None
        """What matched at every look; None before the first."""
        self.ever: set[int] = set()
        self.counts: list[tuple[int, int]] = []
        """How many matched surely, and how many possibly, at each look."""

    def look(self, store: Store) -> None:
        surely = {*matching(store, self._narrow)} - self._dropped(store)
        possibly = {*matching(store, self._wide)}
        self.always = surely if self.always is None else self.always & surely
        self.ever |= possibly
        self.counts.append((len(surely), len(possibly)))

    def _dropped(self, store: Store) -> set[int]:
        """The incidents without any value of what is excluded, where these may not come."""
        if self._dials["excluding"] == "keeps":
            return set()
        names = [name for name in self._narrow.get("exclude", {}) if name != "status"]
        having = "SELECT sequential_id FROM links WHERE relation = ?"
        without = f"SELECT sequential_id FROM incidents WHERE sequential_id NOT IN ({having})"
        return {row[0] for name in names for row in store.rows(without, [name])}

    def _spelled(self, question: Mapping[str, Any], side: int) -> dict[str, Any]:
        """The question as `matching` takes it: narrower for the side 1, wider for -1."""
        spelled = dict(question)
        if side > 0 and self._dials["label_filter"] in ("key", "value") and "labels" in question:
            spelled["labels"] = ["none:such"]
        for name, value in question.items():
            if name.endswith("_at"):
                spelled[name] = {
                    operator: self._bound(name, operator, text, side)
                    for operator, text in value.items()
                }
        has_sub_kinds = self._dials["kind_filter"] == "with_sub" or self._dials["combined"] == "any"
        if side < 0 and has_sub_kinds and "kind" in question:
            spelled["kind"] = [form for kind in question["kind"] for form in (kind, f"{kind}_sub")]
        return spelled

    def _bound(self, name: str, operator: str, text: str, side: int) -> datetime:
        at = NOW - RELATIVE[text] if text in RELATIVE else datetime.fromisoformat(text)
        if name == "updated_at":
            at -= timedelta(seconds=float(self._dials["updated_clock"]))
        blurs = (_BLUR.get(self._dials[dial], timedelta()) for dial in ("stored", "compared"))
        return at + max(blurs) * side * (1 if operator.startswith("g") else -1)
