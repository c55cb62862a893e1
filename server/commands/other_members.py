"""What the pages of a call have beside their rows."""

from typing import Any

from server.commands.page import Page

_MAY_PASS = 75
"""The exit code for a failure that may pass: EX_TEMPFAIL of sysexits.h."""


class OtherMembers(dict[str, Any]):
    """What the pages of a call have beside their rows, merged into one object."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def add(self, page: Page) -> None:
        """Merge the members of *page*. Lists and objects are merged; other values are replaced."""
        for name, value in page.others.items():
            merge = _MERGE_BY_NAME.get(name, _merge)
            self[name] = merge(self.get(name), value)
        self._count += len(page.rows)
        if "count" in self:
            self["count"] = self._count
        if self.get("total", self._count) < self._count:
            # The count on the first page was too small. A note on a later page says so.
            del self["total"]

    def exit_code(self) -> int:
        """0, or 1 if the call or a part of it failed, or 75 if every failure may pass."""
        failures = [*self.get("failed", {}).values()]
        if "error" in self:
            failures.append(self["error"])
        if not failures:
            return 0
        may_pass = all(failure["retryable"] for failure in failures)
        return _MAY_PASS if may_pass else 1


def _merge_covered(earlier: Any, value: Any) -> Any:
    """How many incidents were read for all pages. Later pages begin after those of earlier ones."""
    if earlier is None or "of" not in earlier or "of" not in value:
        return value
    unread = value["of"] - value["incidents"]
    return {**value, "incidents": earlier["of"] - unread, "of": earlier["of"]}


def _merge(earlier: Any, value: Any) -> Any:
    if isinstance(earlier, list) and isinstance(value, list):
        return earlier + [item for item in value if item not in earlier]
    if isinstance(earlier, dict) and isinstance(value, dict):
        return earlier | value
    return value


_MERGE_BY_NAME = {"covered": _merge_covered}
"""By member, the function that merges it, if that is not `_merge`."""
