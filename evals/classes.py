"""All questions, in their classes."""

from collections.abc import Mapping, Sequence
from itertools import chain

from evals import (
    attached,
    before,
    combinations,
    counting,
    deep,
    depth,
    durations,
    follow_ups,
    live,
    narrowing,
    overlaps,
    people,
    related,
    similar,
    wrong_names,
)
from evals.question import Question

Kinds = Mapping[str, Sequence[Question]]
"""Questions that ask for the same sort of fact, by what they ask for."""

KINDS: Mapping[str, Kinds] = {
    "who did what": {
        "who led what": people.LED,
        "what someone is involved in": people.INVOLVED,
    },
    "action items": {
        "overdue": follow_ups.OVERDUE,
        "still open, by team": follow_ups.OPEN,
    },
    "what was going on": {
        "what overlapped a deploy": overlaps.DEPLOYS,
        "what was going on, for a handover": overlaps.HANDOVER,
        "maintenance then": overlaps.MAINTENANCE_THEN,
    },
    "how long it took": {
        "from detection to acknowledgement": durations.DETECTION,
        "which took longest": durations.LONGEST,
        "live for a long time": durations.LONG_LIVE,
        "how many took longer than": durations.LONG_BY_GROUP,
        "the minutes of each": durations.MINUTES,
        "periods that are not whole": durations.PARTIAL,
    },
    "what belongs together": {
        "sub-incidents": related.SUB_INCIDENTS,
        "the incident of a page, a ticket or a channel": related.LINKS,
    },
    "similar incidents": {
        "before, by number": similar.BY_NUMBER,
        "before, by words": similar.BY_WORDS,
        "before, and what helped": similar.HELPED,
        "before, in one place": similar.IN_ONE_PLACE,
        "before, among those that meet a condition": similar.AMONG_OTHERS,
    },
    "combinations": {
        "counts of what meets a condition": combinations.GROUPED,
        "several conditions": combinations.SEVERAL_CONDITIONS,
        "more facts of what meets a condition": combinations.WITH_MORE_FACTS,
        "further pages": combinations.NEXT_PAGES,
    },
}
"""By class, the kinds of questions that Rootly's own filters do not answer."""

CLASSES: Mapping[str, Sequence[Question]] = {
    "what is live": live.QUESTIONS,
    "narrowing": narrowing.QUESTIONS,
    "one incident in depth": depth.QUESTIONS,
    "has this happened before": before.QUESTIONS,
    "counting and trends": counting.QUESTIONS,
    "attachments both ways": attached.QUESTIONS,
    "wrong names": wrong_names.QUESTIONS,
    "deep paging": deep.QUESTIONS,
    **{name: [*chain.from_iterable(kinds.values())] for name, kinds in KINDS.items()},
}
