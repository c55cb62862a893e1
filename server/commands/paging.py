"""The pages of a call: one of them, or with `--all` every page to the end."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from server.commands.page import Page, Row
from server.commands.progress import ProgressBar
from server.dispatcher import Dispatcher
from server.settings import Settings

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

    If a later page is an error, its `next` is where the call can continue. *bar* gets the number of
    rows so far, or what the tool reports. It is closed before the last page, which may be printed
    in the same terminal.
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
            is_last = not page.next or not has_all_pages
            if is_last:
                bar.close()
            if page.is_error:
                page = replace(page, next=position)
            yield page
            if is_last:
                return
            position = {**position, **page.next}
            count += len(page.rows)
            # Later pages have no total.
            total = page.others.get("total", total)
            await bar.report(count, max(count, total))
