"""The size of pages, and what a sparse fieldset trims."""

from collections.abc import Iterable

from server.commands.facts.client import Answer
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import SPARSE, Account, ids_of, meta_of
from server.commands.facts.rootly.relations import sub_status
from tools.json_values import as_mapping, mappings

_LARGE = 500
"""A page size above all known limits. Without their texts, so many incidents fit in an answer."""
_INCLUDED = ("services", "roles", "sub_statuses.sub_status")
_FIELDS = {"sequential_id", "sub_statuses"}


async def pages(account: Account) -> Iterable[Fact]:
    """The dials `fieldsets`, `sub_status`, `page_limit` and `page_limit_told`."""
    account.check_incidents()
    params = {
        "fields[incidents]": ",".join(sorted(_FIELDS)),
        "page[number]": "1",
        "page[size]": str(_LARGE),
        "include": ",".join(_INCLUDED),
    }
    answer = await account.ask(params)
    types: set[str] | None = None
    if answer.status == 200:
        types = {str(resource.get("type")) for resource in mappings(answer.body.get("included"))}
    else:
        answer = await account.ask_for_rows({**params, "include": ",".join(_INCLUDED[:2])})
    if not ids_of(answer):
        raise NotSeen("a large page came without rows")
    facts = [_fieldsets(account, answer), sub_status(account, types)]
    number = len(ids_of(answer))
    if number >= _LARGE:
        reason = f"a page of {_LARGE} has {number} rows"
        return [*facts, *_not_seen(reason)]
    if not await _has_more(account, answer, params):
        account.is_complete = number == len(account.incidents)
        return [*facts, *_not_seen("all incidents fit on one page")]
    reason = f"so many rows for page[size]={_LARGE}, and more on the next page"
    return [*facts, Fact("page_limit", str(number), reason), _page_limit_told(answer, number)]


def _not_seen(reason: str) -> list[Fact]:
    return [Fact(dial, None, reason) for dial in ("page_limit", "page_limit_told")]


async def _has_more(account: Account, answer: Answer, params: dict[str, str]) -> bool:
    """Whether incidents follow the page."""
    if meta_of(answer).get("next_page") == 2:
        return True
    second = {**SPARSE, "page[size]": params["page[size]"], "page[number]": "2"}
    following = ids_of(await account.ask_for_rows(second))
    return bool(set(following) - set(ids_of(answer)))


def _page_limit_told(answer: Answer, number: int) -> Fact:
    """The dial `page_limit_told`, from a page of *number* incidents that others follow."""
    meta = meta_of(answer)
    if not meta:
        return Fact("page_limit_told", None, "the list has no meta")
    if meta.get("next_page") is None:
        return Fact("page_limit_told", "no", "next_page is null, and there is a next page")
    count, total_pages = meta.get("total_count"), meta.get("total_pages")
    if not isinstance(count, int) or not isinstance(total_pages, int):
        return Fact("page_limit_told", None, "meta has no total_pages")
    if total_pages == -(-count // _LARGE) < -(-count // number):
        return Fact("page_limit_told", "no", "total_pages is for the requested size")
    if total_pages == -(-count // number) > -(-count // _LARGE):
        return Fact("page_limit_told", "yes", "total_pages is for the reduced size")
    return Fact("page_limit_told", None, "total_pages does not fit total_count")


def _fieldsets(account: Account, answer: Answer) -> Fact:
    rows = mappings(answer.body.get("data"))
    attributes = {name for row in rows for name in as_mapping(row.get("attributes"))}
    if attributes - _FIELDS:
        return Fact("fieldsets", "ignored", "fields[incidents] does not trim attributes")
    usual = set[str]().union(*(incident.relationships for incident in account.incidents))
    usual &= {*_INCLUDED, "attachments"}
    if not usual:
        return Fact("fieldsets", None, "incidents have no relationships that could be trimmed")
    trimmed = {name for row in rows for name in as_mapping(row.get("relationships"))}
    if trimmed & usual:
        return Fact("fieldsets", "attributes", "fields[incidents] keeps relationships")
    return Fact("fieldsets", "all", "fields[incidents] trims attributes and relationships")
