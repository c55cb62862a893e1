"""What the proof of a reading assumes: that changes of an incident set its `updated_at`."""

from collections.abc import Iterable, Iterator

from tools.rootly.question import Question

_OWN_FILTERS = frozenset(
    (
        "status",
        "kind",
        "private",
        "user_id",
        "severity",
        "severity_id",
        "sequential_id",
        "search",
        "labels",
        "slack_channel_id",
    )
)
"""Filters by an incident's own attributes. If one of these changes, so does `updated_at`."""


def assumption_notes(question: Question, relations: Iterable[str]) -> Iterator[str]:
    """A note that names the *relations* and filters whose changes may not set `updated_at`.

    It is for incidents that several answers held. One answer needs no proof.
    """
    filters = (*question.filters, *question.excluded)
    names = [*relations, *(name for name in filters if name not in _OWN_FILTERS)]
    assumptions = ", ".join(dict.fromkeys(names))
    if assumptions:
        yield f"Assumes that Rootly sets updated_at when {assumptions} of an incident change."
