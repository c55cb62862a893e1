"""Arguments of list_incidents that contradict each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.arguments import MAX_VALUES, Problem
from tools.rootly.argument_types import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from tools.rootly.vocabulary import MAX_OFFSET

LIST_ARGUMENTS = ("sort", "include", "page_number", "page_size", "after", "view", "fields")
"""The arguments that are useful only for a list."""


def contradictions(arguments: Mapping[str, Any]) -> Iterator[Problem]:
    """The problems between *arguments*, each of which may also be wrong by itself."""
    for is_wrong, argument, problem in _CHECKS:
        if is_wrong(arguments):
            yield {"argument": argument, "problem": problem}
    if "similar_to" in arguments:
        for argument, problem in _BESIDE_SIMILAR_TO.items():
            if argument in arguments:
                yield {"argument": argument, "problem": problem}
    elif "group_by" in arguments:
        for argument in LIST_ARGUMENTS:
            if argument in arguments:
                problem = "means nothing beside group_by: leave one of them out"
                yield {"argument": argument, "problem": problem}


_BESIDE_SIMILAR_TO: Mapping[str, str] = {
    "sort": "cannot be used beside similar_to: the most similar incidents come first",
    "page_number": "cannot be used beside similar_to, which has one page: give a page_size",
    "after": "cannot be used beside similar_to, which has one page: give a page_size",
    "group_by": "cannot be used beside similar_to, which shows incidents: leave one of them out",
}
"""The arguments that similar_to refuses, each with the reason."""


def _chooses_fields_twice(arguments: Mapping[str, Any]) -> bool:
    """Whether there is both a list of fields and the view that has all of them."""
    return arguments.get("view") == "full" and "fields" in arguments


def _repeats_a_sort_key(arguments: Mapping[str, Any]) -> bool:
    """Whether the list would be sorted by the same key twice, perhaps in both directions."""
    sort = arguments.get("sort")
    # A list that is too long is refused for its length.
    if not isinstance(sort, list) or len(sort) > MAX_VALUES:
        return False
    keys = [key.lstrip("-") for key in sort if isinstance(key, str)]
    return len({*keys}) < len(keys)


def _ends_beyond_the_last_page(arguments: Mapping[str, Any]) -> bool:
    """Whether the page has incidents that Rootly does not reach by page numbers.

    Values that are wrong by themselves are reported elsewhere.
    """
    number = arguments.get("page_number", 1)
    size = arguments.get("page_size", DEFAULT_PAGE_SIZE)
    if not isinstance(number, int) or not isinstance(size, int):
        return False
    return 0 < size <= MAX_PAGE_SIZE and number * size > MAX_OFFSET


_CHECKS: Sequence[tuple[Callable[[Mapping[str, Any]], bool], str, str]] = (
    (
        _chooses_fields_twice,
        "fields",
        "fields and view full exclude each other: give one of them",
    ),
    (
        _repeats_a_sort_key,
        "sort",
        "names a key twice: give each once",
    ),
    (
        _ends_beyond_the_last_page,
        "page_number",
        f"ends after incident {MAX_OFFSET:,}, where Rootly stops: follow next, "
        "or narrow by created_at",
    ),
)
"""Each check with the argument that is wrong if it succeeds, and the problem."""
