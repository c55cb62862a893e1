"""The fingerprint of a question: `after` belongs to one, and continues only that question."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from tools.rootly.question import Question
from tools.times import TimeRange


def fingerprint(
    question: Question,
    ranges: Mapping[str, TimeRange],
    sort: Sequence[str],
    where: Mapping[str, Any],
) -> str:
    """Eight characters, the same for all calls with the same filters and sort.

    The order of values and the spelling of times make no difference. *ranges* are the arguments of
    the call, so that a relative time is the same in every call.
    """
    spelling = {
        "filters": _with_sorted_lists(question.filters),
        "excluded": _with_sorted_lists(question.excluded),
        "ranges": {name: time_range.normalized() for name, time_range in ranges.items()},
        "sort": sort,
        "where": _with_sorted_lists(where),
    }
    digest = sha256(json.dumps(spelling, sort_keys=True).encode()).digest()
    return urlsafe_b64encode(digest[:6]).decode()


def _with_sorted_lists(filters: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(filters)
    for name, value in filters.items():
        if isinstance(value, list):
            values[name] = sorted(value)
    return values
