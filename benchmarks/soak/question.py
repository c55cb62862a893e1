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
    """A call, and its answer without faults.

    `place`: The index of `setting` among the settings of the round.
    `matched`: The ids of all rows that match, in order.
    `start`: The number of them on earlier pages.
    `document`: The vendor's document for `answer`.
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

    @property
    def is_after_the_end(self) -> bool:
        """Whether the page before was the last one with rows."""
        return self.start > 0 and self.start == len(self.matched)

    @cached_property
    def first_place(self) -> int:
        """The place in the document where this page begins, after the rows of the page before."""
        ids = [row["id"] for row in self.document["data"]]
        return ids.index(self.matched[self.start])

    @cached_property
    def columns(self) -> list[str]:
        """The fields that a row can have."""
        fields = self.arguments.get("fields") or self._fields_of_view()
        return list(dict.fromkeys((*fields, *included_relations(self.arguments))))

    def _fields_of_view(self) -> Sequence[str]:
        if self.arguments.get("view") != "full":
            return COMPACT
        # The full view has causes only with `include`.
        return [name for name in FIELDS if name != "causes"]
