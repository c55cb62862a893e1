"""Follows cursors through a short list, whose incidents are all on the first page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from server.commands.facts.client import Answer
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import (
    SPARSE,
    Account,
    Count,
    ids_of,
    meta_of,
)
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.time_unit import cut
from tools.json_values import mappings

_LENGTH = 40
"""About how many incidents the walk goes through, if there are so many."""
_PAGES = 3
_MOST_PAGES = 5
_MINUTE = timedelta(minutes=1)


@dataclass
class Walk:
    """The pages of a walk by `created_at`, oldest first, through `incidents`."""

    incidents: Sequence[Incident]
    since: datetime
    size: int
    pages: list[Answer] = field(default_factory=list[Answer])
    refused_after: int | None = None
    """The number of pages before a cursor was refused."""

    @property
    def ids(self) -> list[list[str]]:
        return [ids_of(page) for page in self.pages]

    @property
    def cursor(self) -> Any:
        """The `next_cursor` of the last page."""
        return meta_of(self.pages[-1]).get("next_cursor")

    @property
    def is_whole(self) -> bool:
        expected = {incident.id for incident in self.incidents}
        return set[str]().union(*self.ids) == expected


async def cursor(account: Account) -> Iterable[Fact]:
    """The dials `cursor`, `last_cursor` and `empty_page`.

    Raises:
        NotSeen: there are too few incidents, or their list is not the one that was asked for.
    """
    if not mappings(account.body.get("data")):
        return [await _first_page_is_empty(account)]
    walk = _plan(account)
    await _read(walk, account)
    _check_filter(walk, account)
    if walk.is_whole:
        count = meta_of(walk.pages[0]).get("total_count")
        account.counts.append(Count(len(walk.incidents), count))
    if not meta_of(walk.pages[0]):
        raise NotSeen("the list has no meta, and so no next_cursor")
    return [_empty_page(walk), _cursor(walk), _last_cursor(walk)]


def _check_filter(walk: Walk, account: Account) -> None:
    """Keep whether the filter by `created_at` has an effect.

    Raises:
        NotSeen: it has none, or other incidents were declared meanwhile.
    """
    first = set(walk.ids[0])
    unexpected = first - {incident.id for incident in walk.incidents}
    if 2 * len(unexpected) > len(first):
        account.ignored.add("gte")
        raise NotSeen("filter[created_at][gte] has no effect")
    if unexpected:
        raise NotSeen("the incidents changed meanwhile")
    if first or walk.cursor:
        account.effective.add("gte")


async def _first_page_is_empty(account: Account) -> Fact:
    """The dial `empty_page`, if the first page has no rows.

    Raises:
        NotSeen: the second page has none, either.
    """
    if not await account.ids({"page[number]": "2"}):
        raise NotSeen("the first page has no incidents")
    return Fact("empty_page", "1", "the second page has rows, and the first one has none")


def _plan(account: Account) -> Walk:
    """Choose the incidents of the walk: the newest ones, from the beginning of a minute on."""
    times = [incident.time("created_at") for incident in account.incidents]
    created = [at for at in times if at is not None]
    if len(created) < len(times):
        raise NotSeen("created_at has an unknown form")
    # A sort may compare minutes only.
    minutes = [cut(at, "minute") for at in created]
    if minutes != sorted(minutes, reverse=True):
        raise NotSeen("the first page is not sorted by created_at")
    since = minutes[min(_LENGTH, len(minutes)) - 1]
    if since == minutes[-1] and not account.is_complete:
        # Other incidents of the same minute may be on the second page.
        since += _MINUTE
    pairs = zip(account.incidents, created, strict=True)
    incidents = [incident for incident, at in pairs if at >= since]
    if len(incidents) < 2:
        raise NotSeen("there are too few incidents for two pages")
    return Walk(incidents, since, -(-len(incidents) // _PAGES))


async def _read(walk: Walk, account: Account) -> None:
    """Read the pages, one beyond the last one if there is a cursor for it."""
    since = walk.since.strftime("%Y-%m-%dT%H:%M:%SZ")
    params = {
        **SPARSE,
        "filter[created_at][gte]": since,
        "sort": "created_at",
        "page[size]": str(walk.size),
    }
    walk.pages.append(await account.ask_for_rows(params))
    while walk.cursor and len(walk.pages) < _MOST_PAGES:
        answer = await account.ask({**params, "page[after]": str(walk.cursor)})
        if answer.status != 200:
            walk.refused_after = len(walk.pages)
            return
        walk.pages.append(answer)
        if _stands_still(walk) or _turns_back(walk):
            return


def _stands_still(walk: Walk) -> bool:
    """Whether the last page has the same incidents as the page before it."""
    *_, before, last = walk.ids
    return last == before and bool(last)


def _turns_back(walk: Walk) -> bool:
    """Whether the second page goes on from the first one towards older incidents."""
    first, second = walk.ids[:2]
    return len(walk.ids) == 2 and bool(second) and set(second) < set(first)


def _cursor(walk: Walk) -> Fact:
    if len(walk.ids) == 1 and walk.refused_after is None:
        if len(walk.ids[0]) < len(walk.incidents):
            return Fact("cursor", "off", "a page that is not the last one has no next_cursor")
        return Fact("cursor", None, "the whole list came as one page")
    if walk.refused_after is not None:
        reason = "a cursor was refused after so many pages"
        return Fact("cursor", f"expires:{walk.refused_after}", reason)
    if _stands_still(walk):
        return Fact("cursor", "ignored", "page[after] gets the same page again")
    if _turns_back(walk):
        return Fact("cursor", "unsorted", "page[after] does not keep sort=created_at")
    read = [id_ for ids in walk.ids for id_ in ids]
    if walk.is_whole and len(set(read)) == len(read):
        reason = f"each incident came once, on {len(walk.pages)} pages"
        return Fact("cursor", "on", reason)
    return Fact("cursor", None, "the pages have other incidents than expected")


def _last_cursor(walk: Walk) -> Fact:
    is_broken_off = walk.refused_after is not None or not walk.is_whole or len(walk.pages) < 2
    if is_broken_off or (walk.cursor and walk.ids[-1]):
        return Fact("last_cursor", None, "the walk did not come to the last page")
    if walk.cursor:
        reason = "an empty page after the last one has a next_cursor"
        return Fact("last_cursor", "always", reason)
    if not walk.ids[-1]:
        return Fact("last_cursor", "set", "the last page has a next_cursor")
    if "next_cursor" in meta_of(walk.pages[-1]):
        return Fact("last_cursor", "null", "next_cursor is null on the last page")
    return Fact("last_cursor", "absent", "the last page has no next_cursor")


def _empty_page(walk: Walk) -> Fact:
    for number, ids in enumerate(walk.ids[:-1], start=1):
        if not ids and any(walk.ids[number:]):
            return Fact("empty_page", str(number), "this page by cursor came without its rows")
    if not walk.ids[0]:
        return Fact("empty_page", None, "the walk came to no incident")
    return Fact("empty_page", "none", f"pages 1 to {len(walk.pages)} have their rows")
