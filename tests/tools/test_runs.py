"""active_during, lasted and minutes over a real socket: what a second definition in SQL gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from evals import runs
from evals.truth import LIVE
from sandbox.drift import drift
from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from sandbox.timestamps import utc_text
from tests.conftest import NOW
from tests.slow import seeds, slow
from tests.tools.calls import ask, numbers, pages

pytestmark = pytest.mark.anyio

TIMES = (
    "started_at",
    "created_at",
    "resolved_at",
    "closed_at",
    "cancelled_at",
    "scheduled_for",
    "scheduled_until",
)
DIALS: Mapping[str, tuple[str, ...]] = {
    "shown": ("ms", "us", "s", "minute"),
    "zone": ("-08:00", "Z", "+05:30"),
    "compared": ("stored", "s", "minute"),
    "updated_clock": ("0", "0", "-300", "300"),
    "shape": ("references", "nested"),
    "fieldsets": ("all", "ignored"),
    "page_limit": ("100", "40"),
}
BLUR = {"s": timedelta(seconds=1), "minute": timedelta(minutes=1)}
"""How much later a time may be than Rootly shows it."""

# The definition again, in SQL. It is written from the documentation, and shares no code.
_NOW = f"'{utc_text(NOW)}'"
_EVER = "'0001-01-03T00:00:00.000Z'"
_NEVER = "'9999-01-01T00:00:00.000Z'"
_MAINTENANCE = "kind IN ('scheduled', 'scheduled_sub')"
_BEGIN = f"iif({_MAINTENANCE}, ifnull(scheduled_for, started_at), ifnull(started_at, created_at))"
_ENDS = ", ".join(
    f"ifnull({end}, {_NEVER})" for end in ("resolved_at", "closed_at", "cancelled_at")
)
_FIRST_END = f"nullif(min({_ENDS}), {_NEVER})"
_PLANNED_END = f"iif({_MAINTENANCE}, scheduled_until, NULL)"
_UPDATED = "strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, {ahead:+d} || ' seconds', '+60 seconds')"
_IS_OVER = "status IN ('resolved', 'closed', 'cancelled', 'completed')"
_RUNS = f"""
    WITH times AS (
        SELECT sequential_id AS number, {_BEGIN} AS begin, {LIVE} AS is_live,
            {_PLANNED_END} AS planned, {_FIRST_END} AS first_end,
            iif({_IS_OVER}, max({_UPDATED}, ifnull({_BEGIN}, {_EVER})), {_NEVER}) AS unknown_end
        FROM incidents
    ), ends AS (
        SELECT number, begin, unknown_end,
            coalesce(planned, first_end, iif(is_live, {_NOW}, NULL)) AS earliest,
            coalesce(planned, iif(is_live, {_NOW}, first_end)) AS latest
        FROM times
    )
    SELECT number,
        ifnull(begin, {_EVER}) AS start,
        coalesce(begin, latest, {_NEVER}) AS latest_start,
        iif(latest >= ifnull(begin, {_EVER}), earliest, ifnull(begin, {_EVER})) AS earliest_end,
        iif(latest >= ifnull(begin, {_EVER}), latest, unknown_end) AS latest_end,
        ifnull(latest >= begin, 0) AS is_known
    FROM ends
"""


@dataclass(frozen=True)
class Run:
    """When an incident started and ended, at the earliest and at the latest."""

    start: datetime
    latest_start: datetime
    earliest_end: datetime
    latest_end: datetime
    is_known: bool

    def surely_ran(self, bounds: Mapping[str, datetime]) -> bool:
        return _overlap(bounds, self.latest_start, self.earliest_end)

    def may_have_run(self, bounds: Mapping[str, datetime], blur: timedelta) -> bool:
        return _overlap(bounds, self.start - blur, self.latest_end + blur)

    def surely_lasted(self, bounds: Mapping[str, timedelta]) -> bool:
        return self.is_known and _overlap(bounds, self.longest, self.shortest)

    def may_have_lasted(self, bounds: Mapping[str, timedelta], blur: timedelta) -> bool:
        return self.is_known and _overlap(bounds, self.shortest - blur, self.longest + blur)

    @property
    def shortest(self) -> timedelta:
        return max(self.earliest_end - self.start, timedelta())

    @property
    def longest(self) -> timedelta:
        return self.latest_end - self.start


def _overlap(bounds: Mapping[str, Any], first: Any, last: Any) -> bool:
    if "gte" in bounds and last < bounds["gte"]:
        return False
    if "gt" in bounds and last <= bounds["gt"]:
        return False
    if "lte" in bounds and first > bounds["lte"]:
        return False
    return not ("lt" in bounds and first >= bounds["lt"])


def runs_of(store: Store, ahead: int) -> dict[int, Run]:
    """The run of each incident. *ahead* is the dial `updated_clock`."""
    true_runs = {}
    for number, *texts, is_known in store.rows(_RUNS.format(ahead=ahead)):
        start, latest_start, earliest_end, latest_end = map(datetime.fromisoformat, texts)
        true_runs[number] = Run(start, latest_start, earliest_end, latest_end, bool(is_known))
    return true_runs


def random_bounds(random: Random, draw: Any) -> dict[str, Any]:
    """One or two bounds of a range that is not empty."""
    lower, upper = sorted((draw(), draw()))
    kind = random.choice(("lower", "upper", "both", "both", "both"))
    bounds = {}
    if kind != "upper":
        bounds[random.choice(("gt", "gte"))] = lower
    if kind != "lower":
        bounds[random.choice(("lt", "lte"))] = upper
    if lower == upper and kind == "both":
        return {"gte": lower, "lte": upper}
    return bounds


def set_odd_times(store: Store, random: Random) -> None:
    """Remove some times, and set others at random.

    So some are missing, in the wrong order, or left from before an incident was opened again.
    """
    for number in random.sample(store.values("SELECT sequential_id FROM incidents"), 12):
        name = random.choice(TIMES[:1] + TIMES[2:])
        value = random.choice((None, NOW - timedelta(minutes=random.randrange(60 * 24 * 120))))
        store.update_incident(number, **{name: value}, updated_at=NOW)


def runs_after_changes(
    store: Store, random: Random, seed: int, dials: Mapping[str, str]
) -> dict[int, Run]:
    """Change the data at random. The result is the runs of the incidents after that."""
    change = drift(seed)
    for _ in range(random.randrange(30)):
        change(store)
    set_odd_times(store, random)
    return runs_of(store, int(dials.get("updated_clock", "0")))


@pytest.fixture
def own() -> Iterator[Sandbox]:
    with serve(now=NOW, size=90) as running:
        yield running


async def list_all(sandbox: Sandbox, arguments: dict[str, Any], dials: dict[str, str]) -> Any:
    """The numbers of all incidents in a list, and the notes of its first page."""
    arguments = {**arguments, "fields": ["sequential_id"], "page_size": 100}
    answers = [answer async for answer in pages(sandbox, arguments, dials)]
    assert "error" not in answers[0], answers[0]
    listed = [number for answer in answers for number in numbers(answer)]
    assert len({*listed}) == len(listed)
    return {*listed}, " ".join(answers[0].get("notes", ()))


def random_dials(random: Random) -> dict[str, str]:
    return {name: random.choice(values) for name, values in DIALS.items() if random.random() < 0.4}


@pytest.mark.parametrize("seed", seeds(80, fast=8))
async def test_what_ran_then_is_what_sql_gives_or_a_note_says_what_is_not_certain(
    own: Sandbox, seed: int
) -> None:
    random = Random(seed)
    dials = random_dials(random)
    true_runs = runs_after_changes(own.store, random, seed, dials)
    instants = [instant for run in true_runs.values() for instant in (run.start, run.latest_end)]
    near = [at for at in instants if at.year == NOW.year]

    def border() -> datetime:
        return random.choice(near) + timedelta(milliseconds=random.choice((-1, 0, 0, 1, 900)))

    bounds = random_bounds(random, border)
    blur = BLUR.get(dials.get("shown", ""), timedelta())
    arguments = {"active_during": {name: utc_text(at) for name, at in bounds.items()}}
    listed, notes = await list_all(own, arguments, dials)
    certain = {number for number, run in true_runs.items() if run.surely_ran(bounds)}
    possible = {number for number, run in true_runs.items() if run.may_have_run(bounds, blur)}
    if "may be missing" not in notes:
        assert certain <= listed
    assert listed <= possible
    if listed - certain:
        assert "may not have been active then" in notes


@pytest.mark.parametrize("seed", seeds(80, fast=8))
async def test_how_long_it_took_is_what_sql_gives_or_a_note_says_what_is_not_certain(
    own: Sandbox, seed: int
) -> None:
    random = Random(seed)
    dials = random_dials(random)
    true_runs = runs_after_changes(own.store, random, seed, dials)
    known = [run for run in true_runs.values() if run.is_known]

    def border() -> timedelta:
        run = random.choice(known)
        return timedelta(minutes=(run.latest_end - run.start) // timedelta(minutes=1))

    bounds = random_bounds(random, border)
    if bounds.get("lt") == timedelta():
        bounds = {"gte": timedelta()}
    blur = BLUR.get(dials.get("shown", ""), timedelta())
    lasted = {name: f"{length // timedelta(minutes=1)}m" for name, length in bounds.items()}
    listed, notes = await list_all(own, {"where": {"lasted": lasted}}, dials)
    certain = {number for number, run in true_runs.items() if run.surely_lasted(bounds)}
    possible = {number for number, run in true_runs.items() if run.may_have_lasted(bounds, blur)}
    assert certain <= listed <= possible
    if listed - certain:
        assert "may not have lasted so long" in notes
    unknown = sum(not run.is_known for run in true_runs.values())
    assert (f"Left out by where.lasted: {unknown} of" in notes) == (unknown > 0)


@pytest.mark.parametrize("request_number", [1, 2, 3, 4, *slow(range(5, 12))])
@pytest.mark.parametrize("max_in_flight", [1, 8])
async def test_an_incident_that_ends_while_others_are_read_is_not_lost(
    own: Sandbox, request_number: int, max_in_flight: int
) -> None:
    last_week = {"active_during": {"gte": "-7d", "lt": "-6d"}, "fields": ["sequential_id"]}
    number = own.store.create_incident(
        created_at=NOW - timedelta(days=30),
        started_at=NOW - timedelta(days=30),
        updated_at=NOW - timedelta(days=30),
    )
    own.script.before(
        request_number,
        lambda store: store.update_incident(
            number, status="resolved", resolved_at=NOW, updated_at=NOW
        ),
    )
    answer = await ask(own, last_week, max_in_flight=max_in_flight)
    assert number in numbers(answer)


@pytest.mark.parametrize("dials", [{}, {"shape": "nested", "zone": "Z"}])
async def test_the_minutes_are_what_sql_gives(sandbox: Sandbox, dials: dict[str, str]) -> None:
    minutes: dict[int, Any] = {}
    arguments = {"fields": ["sequential_id", "minutes"], "page_size": 100}
    async for answer in pages(sandbox, arguments, dials):
        minutes |= {row["sequential_id"]: row.get("minutes", {}) for row in answer["incidents"]}
    assert minutes == runs.minutes(sandbox.store, "1")
    assert any("so_far" in durations for durations in minutes.values())


async def test_minutes_that_end_before_they_begin_are_left_out_and_counted(own: Sandbox) -> None:
    at = NOW - timedelta(hours=3)
    own.store.create_incident(
        title="Time travel",
        status="resolved",
        started_at=at,
        acknowledged_at=at - timedelta(seconds=1),
        mitigated_at=at + timedelta(seconds=90),
        resolved_at=at + timedelta(minutes=5),
    )
    own.store.create_incident(title="Time travel", started_at=NOW + timedelta(minutes=1))
    answer = await ask(own, {"search": "Time travel", "fields": ["title", "minutes"]})
    assert answer["incidents"] == [
        {"title": "Time travel", "minutes": {"mitigate": 1.5, "resolve": 5}},
        {"title": "Time travel"},
    ]
    assert (
        "Left out of the minutes, because the end is before the start: acknowledge (1), so_far (1)."
        in answer["notes"]
    )


async def test_minutes_of_an_unreadable_time_are_noted(sandbox: Sandbox) -> None:
    arguments = {"fields": ["minutes"], "page_size": 5, "status": ["closed"]}
    answer = await ask(sandbox, arguments, {"fault": "invalid-dates"})
    assert "Left out, because not readable: minutes (5)." in answer["notes"]


async def test_maintenance_counts_by_its_plan_even_if_it_was_planned_long_before(
    own: Sandbox,
) -> None:
    planned = NOW - timedelta(days=60)
    number = own.store.create_incident(
        kind="scheduled",
        status="scheduled",
        created_at=planned,
        updated_at=planned,
        scheduled_for=NOW - timedelta(hours=3),
        scheduled_until=NOW - timedelta(hours=1),
    )
    arguments = {"fields": ["sequential_id"], "kind": ["scheduled"]}
    during, after = [
        numbers(await ask(own, {**arguments, "active_during": {"gte": begin, "lte": "now"}}))
        for begin in ("-60m", "-59m")
    ]
    assert number in during
    assert number not in after


async def test_a_clock_that_is_late_for_updates_is_noted(own: Sandbox) -> None:
    at = NOW - timedelta(minutes=2)
    number = own.store.create_incident(
        started_at=NOW - timedelta(hours=3), status="resolved", resolved_at=at, updated_at=at
    )
    arguments = {"active_during": {"gte": "-3m"}, "fields": ["sequential_id"]}
    assert number in numbers(await ask(own, arguments))
    answer = await ask(own, arguments, {"updated_clock": "-300"})
    assert number not in numbers(answer)
    assert any("Incidents that ended after" in note for note in answer["notes"])
