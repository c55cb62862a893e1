"""Words for the sentences of the board: quotations, names, ages."""

import re
from datetime import datetime, timedelta

from pydantic_core import to_json

from tools.text import clip

_PLAIN = re.compile(r"[\w.-]{1,30}(?: [\w.-]{1,15})?")
"""A name that is too short to be read as anything but a name."""
_MAX_NAME = 40


def quoted(text: str, limit: int) -> str:
    """*text* in quotation marks, cut at *limit* characters: people or attackers typed it."""
    return to_json(clip(text, limit)).decode()


def name(text: str) -> str:
    """A slug, or another short name. It is quoted if it could be read as a sentence."""
    return text if _PLAIN.fullmatch(text) else quoted(text, _MAX_NAME)


def age(start: str, now: str) -> str:
    """The time from *start* to *now*, in words: 39 min, 6 h 12 min, 3 d 4 h."""
    minutes = _time_between(start, now) // timedelta(minutes=1)
    hours, minutes = divmod(max(0, minutes), 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def is_ahead(start: str, now: str) -> bool:
    """Whether *start* is in the future, by more than clocks usually differ."""
    return _time_between(start, now) < timedelta(minutes=-1)


def _time_between(start: str, now: str) -> timedelta:
    return datetime.fromisoformat(now) - datetime.fromisoformat(start)
