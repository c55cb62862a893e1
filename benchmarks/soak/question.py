"""A question of the soak, with its true answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.soak.differences import included_relations
from benchmarks.soak.setting import Setting
from tools.rootly.fields import COMPACT, FIELDS


@dataclass(frozen=True)
class Question:
    """What is asked, and the answer without faults.

    `place`: Which of the round's settings applies; `setting` is that one.
    `matched`: The ids of all rows that match, in order.
    `start`: How many of them were on the pages before.
    `document`: What the vendor sent for `answer`.
    """

    place: int
    setting: Setting
    tool: str
    arguments: Mapping[str, Any]
    matched: Sequence[str]
    start: int = 0
    answer: Any = None
    document: Any = None

    @property
    def sort_key(self) -> str:
        sort: str = self.arguments.get("sort", ["-created_at"])[0]
        return sort.lstrip("-")

    @cached_property
    def first_place(self) -> int:
        """Where this page begins in the document. The rows before were on the previous page."""
        ids = [row["id"] for row in self.document["data"]]
        return ids.index(self.matched[self.start])

    @cached_property
    def columns(self) -> list[str]:
        """The fields that a row may have."""
        fields = self.arguments.get("fields") or self._fields_of_view()
        return list(dict.fromkeys((*fields, *included_relations(self.arguments))))

    def _fields_of_view(self) -> Sequence[str]:
        if self.arguments.get("view") != "full":
            return COMPACT
        # Only `include` brings causes to the full view.
        return [name for name in FIELDS if name != "causes"]
