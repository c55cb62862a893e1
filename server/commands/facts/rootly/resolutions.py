"""The resolution at which times are stored and compared, from filters by `created_at`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import SPARSE, Account, Count, ids_of, meta_of
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.time_unit import cut

_MILLISECOND, _SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
_MIN_TIMES = 5
"""If so many times have no finer fraction, that is not a coincidence."""


@dataclass(frozen=True)
class Entry:
    """An incident and its `created_at`, to the resolution that answers show."""

    incident: Incident
    at: datetime

    @property
    def minute(self) -> datetime:
        return cut(self.at, "minute")

    @property
    def second(self) -> datetime:
        return cut(self.at, "second")

    @property
    def millisecond(self) -> datetime:
        return cut(self.at, "millisecond")


async def resolutions(account: Account) -> Iterable[Fact]:
    """The dials `stored` and `compared`."""
    form = account.dial_values.get("shown")
    if form is None:
        raise NotSeen("the form of created_at is not known")
    if account.dial_values.get("combined") == "any":
        raise NotSeen("an incident need not match both ends of a range")
    entries = _entries(account)
    compared = await _compared_to(account, entries, form)
    if form in ("s", "minute"):
        return _from_coarse_times(form, compared)
    has_fractions = any(entry.at.microsecond for entry in entries)
    if not has_fractions and len(entries) < _MIN_TIMES:
        raise NotSeen("too few incidents have a time with a fraction of a second")
    if not has_fractions:
        return await _from_whole_seconds(account, entries, compared)
    if compared in ("s", "minute"):
        return [_compared(compared), _stored_if_shown(form, entries)]
    return await _from_fractions(account, entries, form)


def _entries(account: Account) -> list[Entry]:
    """The incidents of the first page, newest first."""
    entries = []
    for incident in account.incidents:
        at = incident.time("created_at")
        if at is not None:
            entries.append(Entry(incident, at))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


async def _compared_to(account: Account, entries: Sequence[Entry], form: str) -> str:
    """`s` or `minute` if filters compare no finer than that. `fine` if they do.

    `s` also if times are stored to the second: then both are the same here.

    Raises:
        NotSeen: the answer does not tell.
    """
    newer, older = _bounds(entries, form)
    between = entries[entries.index(newer) + 1 : entries.index(older)]
    ids = await _ids(account, gt=older.second, lte=newer.minute)
    _note_operators(account, entries, newer, older, ids)
    has_newer, has_older = newer.incident.id in ids, older.incident.id in ids
    has_between = any(entry.incident.id in ids for entry in between)
    if not has_between or (has_newer and has_older):
        raise NotSeen("a filter by created_at does not find what it should")
    if has_newer:
        return "minute"
    if has_older:
        return "fine"
    await _check_existence(account, older, older.second, older.second + _SECOND)
    return "s"


async def _check_existence(
    account: Account, entry: Entry, since: datetime, until: datetime
) -> None:
    """Check that a wider question finds an incident that a narrow one does not find.

    Raises:
        NotSeen: it does not find it either.
    """
    if entry.incident.id not in await _ids(account, gte=since, lte=until):
        raise NotSeen("a filter by created_at does not find what it should")


def _bounds(entries: Sequence[Entry], form: str) -> tuple[Entry, Entry]:
    """Two incidents, with others before, between and after them in other minutes.

    The newer one has seconds, and the older one a fraction of a second, if answers show them.

    Raises:
        NotSeen: there are too few incidents.
    """
    minutes = [entry.minute for entry in entries]
    inner = [entry for entry in entries if minutes[0] > entry.minute > minutes[-1]]
    newer = [entry for entry in inner if entry.at.second or form == "minute"]
    has_fractions = any(entry.at.microsecond for entry in entries)
    older = [entry for entry in inner if entry.millisecond > entry.second or not has_fractions]
    if newer and older:
        first, last = newer[0], older[-1]
        if any(first.minute > minute > last.minute for minute in minutes):
            return first, last
    raise NotSeen("too few incidents in different minutes")


def _note_operators(
    account: Account, entries: Sequence[Entry], newer: Entry, older: Entry, ids: Sequence[str]
) -> None:
    """Keep which of the two operators have an effect.

    Raises:
        NotSeen: one of them has none.
    """
    results = [entry for entry in entries if entry.incident.id in ids]
    ignored = set[str]()
    if any(entry.minute > newer.minute for entry in results):
        ignored.add("lte")
    if any(entry.minute < older.minute for entry in results):
        ignored.add("gt")
    if len(ignored) > 1 and account.dial_values.get("combined") != "all":
        raise NotSeen("a range does not exclude anything")
    account.ignored |= ignored
    account.effective |= {"lte", "gt"} - ignored
    if ignored:
        raise NotSeen(f"filters by created_at have no effect: {', '.join(sorted(ignored))}")


async def _ids(account: Account, **bounds: datetime) -> list[str]:
    return await account.ids(_filters(**bounds))


def _filters(**bounds: datetime) -> dict[str, str]:
    """The parameters for *bounds*, which are by operator."""
    return {f"filter[created_at][{operator}]": _text(at) for operator, at in bounds.items()}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _compared(value: str) -> Fact:
    return Fact("compared", value, "filters by created_at around the times of two incidents")


def _from_coarse_times(form: str, compared: str) -> list[Fact]:
    stored = Fact("stored", None, "answers show times without fractions of a second")
    if compared == "minute":
        return [_compared("minute"), stored]
    if compared == "fine" and form == "s":
        return [_compared("stored"), stored]
    reason = "answers show times that are too coarse to compare with"
    return [Fact("compared", None, reason), stored]


def _stored_if_shown(form: str, entries: Sequence[Entry]) -> Fact:
    if form == "us":
        return _stored(_finest(entries))
    return Fact("stored", None, "filters compare times no finer than to the second")


def _stored(value: str) -> Fact:
    return Fact("stored", value, "the times of the first page, and filters by them")


def _finest(entries: Sequence[Entry]) -> str:
    """The resolution of times that are shown to the microsecond.

    Raises:
        NotSeen: there are too few of them.
    """
    if any(entry.at != entry.millisecond for entry in entries):
        return "us"
    if len(entries) < _MIN_TIMES:
        raise NotSeen("too few incidents")
    return "ms"


async def _from_whole_seconds(
    account: Account, entries: Sequence[Entry], compared: str
) -> list[Fact]:
    """No time has a fraction. Ask for one within a second, which a coarse comparison finds."""
    if compared == "minute":
        return [_compared("minute"), _stored("s")]
    entry = entries[0]
    within = entry.second + _MILLISECOND
    ids = await _ids(account, gte=within, lte=within)
    value = "s" if entry.incident.id in ids else "stored"
    return [_compared(value), _stored("s")]


async def _from_fractions(account: Account, entries: Sequence[Entry], form: str) -> list[Fact]:
    """Ask for exactly the millisecond of one incident. It has microseconds if it is not found."""
    finest = _finest(entries) if form == "us" else ""
    numbers = Counter(entry.millisecond for entry in entries)
    candidates = [
        entry for entry in entries if entry.at.microsecond and numbers[entry.millisecond] == 1
    ]
    if finest == "us":
        candidates = [entry for entry in candidates if entry.at != entry.millisecond]
    if not candidates:
        raise NotSeen("too few incidents have a time with a fraction of a second")
    entry = candidates[0]
    at = entry.millisecond
    params = {**SPARSE, "page[number]": "1", **_filters(gte=at, lte=at)}
    answer = await account.ask_for_rows(params)
    ids = ids_of(answer)
    if set(ids) - {entry.incident.id}:
        raise NotSeen("several incidents have the same time")
    account.counts.append(Count(len(ids), meta_of(answer).get("total_count")))
    is_found = entry.incident.id in ids
    if not is_found:
        await _check_existence(account, entry, at, at + _MILLISECOND)
    if finest == "us":
        return [_compared("ms" if is_found else "stored"), _stored("us")]
    if finest == "ms" and not is_found:
        raise NotSeen("a filter by created_at does not find what it should")
    return [_compared("stored"), _stored("ms" if is_found else "us")]
