"""The pages of a call: one of them, or with `--all` every page to the end."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from server.commands.page import Page, Row
from server.commands.progress import ProgressBar
from server.dispatcher import Dispatcher
from server.settings import Settings

MAY_PASS = 75
"""The exit code for a failure that may pass: EX_TEMPFAIL of sysexits.h."""
_NO_LIMIT = 2**31


async def read_pages(
    settings: Settings,
    tool: str,
    arguments: Mapping[str, Any],
    bar: ProgressBar,
    *,
    has_all_pages: bool = False,
) -> AsyncGenerator[Page]:
    """The first page of a call; with *has_all_pages*, those after it to the end or to an error.

    If a later page is an error, its `next` is where the call can continue.
    *bar* gets the number of rows so far, or what the tool reports.
    """
    if has_all_pages:
        # The limit is for a model, which reads a whole result. Here it would only cut rows.
        limits = replace(settings.limits, max_result_chars=_NO_LIMIT)
        settings = replace(settings, limits=limits)
    async with Dispatcher(settings) as dispatcher:
        names = dispatcher.tools[tool].arguments.model_fields.keys()
        count = total = 0
        position: Row = {}
        while True:
            result = await dispatcher.call(tool, {**arguments, **position}, bar.report)
            page = Page.of(result, names)
            if page.is_error:
                yield replace(page, next=position)
                return
            yield page
            if not page.next or not has_all_pages:
                return
            position = {**position, **page.next}
            count += len(page.rows)
            # Later pages have no total.
            total = page.others.get("total", total)
            await bar.report(count, max(count, total))


class OtherMembers(dict[str, Any]):
    """What the pages of a call have beside rows, merged."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def add(self, page: Page) -> None:
        """Merge the members of *page*. Lists and objects are merged; other values are replaced."""
        for name, value in page.others.items():
            earlier = self.get(name)
            if isinstance(earlier, list) and isinstance(value, list):
                self[name] = earlier + [item for item in value if item not in earlier]
            elif isinstance(earlier, dict) and isinstance(value, dict):
                self[name] = earlier | value
            else:
                self[name] = value
        self._count += len(page.rows)
        if "count" in self:
            self["count"] = self._count
        if self.get("total", self._count) < self._count:
            # The count on the first page was too small. A note on a later page says so.
            del self["total"]


def exit_code(document: Mapping[str, Any]) -> int:
    """The exit code for *document*: an error, or an answer in which some parts may have failed."""
    failures = [*document.get("failed", {}).values()]
    if "error" in document:
        failures.append(document["error"])
    if not failures:
        return 0
    may_pass = all(failure["retryable"] for failure in failures)
    return MAY_PASS if may_pass else 1
