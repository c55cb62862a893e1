"""All questions, in their classes."""

from collections.abc import Mapping, Sequence
from itertools import chain

from evals import (
    attached,
    before,
    counting,
    deep,
    depth,
    durations,
    follow_ups,
    live,
    narrowing,
    overlaps,
    people,
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
