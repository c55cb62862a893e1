from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.errors import UnexpectedResponse
from tools.rootly.continuation import Boundary, Continuation, Cursor, Page, Ranges, Step, parse
from tools.rootly.document import Document, Incident
from tools.rootly.vocabulary import SORTS
from tools.times import EARLIEST, LATEST, Operator

moderately = settings(max_examples=60, deadline=None, derandomize=True)

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

MOMENTS = st.integers((EARLIEST - NOW) // MILLISECOND, (LATEST - NOW) // MILLISECOND).map(lambda ms: NOW + ms * MILLISECOND)
TIES = st.lists(st.integers(0, 2**32 - 1).map(lambda tie: f"{tie:08x}"), max_size=50).map(tuple)
SHOWN = st.none() | st.integers(0, 2**32 - 1)
CURSORS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60)
CONTINUATIONS: st.SearchStrategy[Continuation] = (
    st.builds(Cursor, CURSORS, st.integers(0, 9_999))
    | st.builds(Page, st.integers(1, 10**9 - 1), st.integers(1, 100), st.integers(0, 999))
    | st.builds(Boundary, st.sampled_from(SORTS), MOMENTS, TIES, SHOWN, st.none() | MOMENTS)
    | st.builds(Boundary, st.sampled_from(SORTS), MOMENTS, st.just(()), SHOWN, st.none() | MOMENTS, st.integers(0, 2**32 - 1))
)


@moderately
@given(continuation=CONTINUATIONS)
@example(continuation=Boundary("-created_at", EARLIEST, (), 1))
@example(continuation=Boundary("updated_at", LATEST, ("00000000",), 0, LATEST))
@example(continuation=Cursor("a.b-c=="))
@example(continuation=Cursor("", 5))
def test_a_continuation_is_read_as_it_was_written(continuation: Continuation) -> None:
    assert parse(str(continuation)) == continuation


GARBAGE = (
    "", " ", "2", "a", "c", "c.", "c.x", "c99999.x", "c0.é", "c0.a b", "c0.\u200b", "c0." + "a" * 2_001, "c0.a\n", "C0.a", "c٠.a",
    "p", "p1", "p1.25", "p0.25.0", "p1.0.0", "p1.101.0", "p1.25.0.", "p-1.25.0", "p1.25.1000", "p1٠.25.0",
    "k", "k0", "k0.0.0", f"k{len(SORTS)}.0.0.", "k99.0.0.", "k0..0.", "k0.0.", "k0.g.0.", "k0.0.0.g", "k0.0.0.A", "k0.0.-1.",
    "k0.0.0..", "k0.--1.0.",
    "k0.ffffffffffff.0.", "k0.-ffffffffffff.0.", "k0.0.0..ffffffffffff", "k0.e677d21fdbff.0.", "k0.-3883122cd800.0.",
    "k0.0.123456789.", "k0.0.0." + "a" * 450, "k0.0.0.\n", "k0.0.0.s", "k0.0.0.s-1", "k0.0.0.s123456789", "null", "{}",
    '{"after":"c0."}', "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_continuation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        parse(text)


@moderately
@given(text=st.text(max_size=40) | st.from_regex(r"[ckp]\d{0,3}\.-?[0-9a-f]{0,13}(\.s?[0-9a-f-]{0,12}){0,4}", fullmatch=True))
def test_any_text_is_a_usable_continuation_or_refused(text: str) -> None:
    try:
        continuation = parse(text)
    except ValueError:
        return
    assert continuation.parameters(25)
    assert not continuation.fresh([], 25)
    assert parse(str(continuation)) == continuation
    if isinstance(continuation, Boundary):
        narrowed = continuation.narrow({"created_at": {"gte": EARLIEST, "lt": LATEST}})
        for bounds in narrowed.values():
            for bound in bounds.values():
                assert bound - timedelta(seconds=1) < bound < bound + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("sort", "given", "narrowed"),
    [
        ("-created_at", {}, {"lt": NOW + MILLISECOND}),
        ("-created_at", {"gte": NOW - timedelta(days=1)}, {"gte": NOW - timedelta(days=1), "lt": NOW + MILLISECOND}),
        ("-created_at", {"lt": NOW - timedelta(days=1)}, {"lt": NOW - timedelta(days=1)}),
        ("-created_at", {"lt": NOW + timedelta(days=1)}, {"lt": NOW + MILLISECOND}),
        ("-created_at", {"lte": NOW - timedelta(days=1)}, {"lte": NOW - timedelta(days=1), "lt": NOW + MILLISECOND}),
        ("created_at", {}, {"gte": NOW}),
        ("created_at", {"gte": NOW + timedelta(days=1)}, {"gte": NOW + timedelta(days=1)}),
        ("created_at", {"gte": NOW - timedelta(days=1)}, {"gte": NOW}),
        ("created_at", {"gt": NOW - timedelta(days=1), "lt": NOW}, {"gt": NOW - timedelta(days=1), "gte": NOW, "lt": NOW}),
    ],
)
def test_a_boundary_never_widens_the_question(
    sort: str, given: dict[Operator, datetime], narrowed: dict[Operator, datetime]
) -> None:
    other: dict[Operator, datetime] = {"gte": NOW}
    assert Boundary(sort, NOW, (), 1).narrow({"created_at": given, "started_at": other}) == {
        "created_at": narrowed,
        "started_at": other,
    }


def test_what_is_updated_while_one_pages_is_kept_out() -> None:
    boundary = Boundary("updated_at", NOW - timedelta(days=1), (), 1, until=NOW)
    assert boundary.narrow({}) == {"updated_at": {"gte": NOW - timedelta(days=1), "lte": NOW}}
    earlier: Ranges = {"updated_at": {"lte": NOW - timedelta(hours=1)}}
    assert boundary.narrow(earlier) == {"updated_at": {"gte": NOW - timedelta(days=1), "lte": NOW - timedelta(hours=1)}}


@moderately
@given(
    boundary=st.builds(Boundary, st.sampled_from(SORTS), MOMENTS, TIES, st.integers(0, 99), st.none() | MOMENTS),
    bounds=st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), MOMENTS),
    at=MOMENTS,
)
def test_what_a_narrowed_range_has_the_range_had_too(boundary: Boundary, bounds: dict[Operator, datetime], at: datetime) -> None:
    def within(bounds: dict[Operator, datetime]) -> bool:
        compared = {"gt": at.__gt__, "gte": at.__ge__, "lt": at.__lt__, "lte": at.__le__}
        return all(compared[operator](bound) for operator, bound in bounds.items())

    key = boundary.sort.lstrip("-")
    if within(boundary.narrow({key: bounds})[key]):
        assert within(bounds)
    beyond = at > boundary.at if boundary.sort == key else at < boundary.at
    if within(bounds) and beyond and (boundary.until is None or at <= boundary.until):
        assert within(boundary.narrow({key: bounds})[key])


def incident(id_: object, at: datetime | str | None) -> Incident:
    return Incident(id_, {"created_at": at.isoformat() if isinstance(at, datetime) else at}, {})


def step(
    incidents: list[Incident], *, came_from: Continuation | None = None, size: int = 25, meta: dict[str, Any] | None = None,
    sort: str = "-created_at",
) -> Step:  # fmt: skip
    document = Document(incidents, {}, {"next_page": None} if meta is None else meta, {})
    return Step.of(document, sort=sort, came_from=came_from, page=Page(1, size), asked=size, as_of=NOW)


def test_at_the_end_nothing_follows() -> None:
    only = step([incident("a", NOW), incident("b", NOW)])
    assert only.after(2) is None
    assert only.after(1) is not None


def test_the_vendors_cursor_is_used_where_it_gives_one() -> None:
    first = step([incident("a", NOW), incident("b", NOW)], meta={"next_cursor": "xyz"})
    assert first.after(2) == "c0.xyz"
    assert isinstance(parse(str(first.after(1))), Boundary)


@pytest.mark.parametrize("cursor", ["a\u202eb", "a b", "\ud800", "a" * 2_001, "\x1b[0m", 17, ["a"]])
def test_a_cursor_that_cannot_be_passed_on_is_done_without(cursor: object) -> None:
    first = step([incident("a", NOW)], meta={"next_cursor": cursor})
    assert first.has_more
    assert isinstance(parse(str(first.after(1))), Boundary)


@pytest.mark.parametrize("time", [None, "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_without_a_usable_time_rows_are_counted(time: str | None) -> None:
    rows = step([incident("a", time), incident("b", time)], meta={"next_page": 2})
    assert rows.after(1) == "p1.25.1"
    assert rows.after(2) == "p2.25.0"
    walked = step([incident(id_, time) for id_ in "abcde"], came_from=Cursor("abc", 3), meta={"next_cursor": "def"})
    assert [row.id for row in walked.rows] == ["d", "e"]
    assert (walked.after(1), walked.after(2)) == ("c4.abc", "c0.def")


def test_a_page_that_says_more_but_has_nothing_new_is_no_answer() -> None:
    for came_from in (None, Boundary("-created_at", NOW, ("e8b7be43",), 1)):  # The fingerprint of "a".
        with pytest.raises(UnexpectedResponse):
            step([incident("a", NOW)] if came_from else [], came_from=came_from, meta={"next_page": 2})


def test_duplicates_are_shown_once_and_counted() -> None:
    twice = step(
        [incident("a", NOW), incident("a", NOW), incident(7, NOW), incident("7", NOW), incident(None, NOW), incident([], NOW)]
    )
    assert len(twice.rows) == 4
    assert twice.duplicates == 2


@pytest.mark.parametrize("id_", [None, [], {}, [[1]], "\ud800", True, 1.5, "a" * 10_000, 10**400])
def test_any_id_has_a_fingerprint(id_: object) -> None:
    rows = step([incident(id_, NOW), incident("b", NOW - MILLISECOND)])
    boundary = parse(str(rows.after(1)))
    assert isinstance(boundary, Boundary)
    assert len(boundary.ties) == 1


def test_another_incident_with_the_same_fingerprint_is_not_passed_over() -> None:
    boundary = Boundary("-created_at", NOW, ("e8b7be43",), 1)
    assert not boundary.fresh([incident("a", NOW)], 25)
    assert boundary.fresh([incident("a", NOW - MILLISECOND)], 25)


Order = Literal["created_at", "-created_at"]


@moderately
@given(
    milliseconds=st.lists(st.integers(0, 8), max_size=40),
    size=st.integers(1, 7),
    shown=st.integers(1, 7),
    sort=st.sampled_from(["created_at", "-created_at"]),
)
@example(milliseconds=[3] * 120, size=7, shown=7, sort="-created_at")
@example(milliseconds=[3] * 120 + [4, 5], size=7, shown=5, sort="created_at")
@example(milliseconds=[2] * 60 + [3] * 60 + [4] * 9, size=7, shown=3, sort="-created_at")
def test_paging_by_boundary_shows_each_incident_once_whatever_ties(
    milliseconds: list[int], size: int, shown: int, sort: Order
) -> None:
    incidents = sorted(
        (incident(f"i{number}", NOW + ms * MILLISECOND) for number, ms in enumerate(milliseconds)),
        key=lambda i: str(i.attributes["created_at"]),
        reverse=sort.startswith("-"),
    )
    seen: list[Any] = []
    came_from: Continuation | None = None
    for _ in range(len(incidents) + 1):
        parameters = (came_from or Page(1, size)).parameters(size)
        asked, number = int(parameters["page[size]"]), int(parameters.get("page[number]", "1"))
        matching = _answered(incidents, came_from)
        rest = matching[(number - 1) * asked :]
        meta = {"total_count": len(matching), "next_page": number + 1 if len(rest) > asked else None}
        document = Document(rest[:asked], {}, meta, {})
        page = Step.of(document, sort=sort, came_from=came_from, page=Page(1, size), asked=asked, as_of=NOW)
        assert page.total() == len(incidents)
        count = min(shown, len(page.rows))
        seen += [row.id for row in page.rows[:count]]
        after = page.after(count)
        if after is None:
            break
        came_from = parse(after)
        assert isinstance(came_from, Boundary)
    assert seen == [row.id for row in incidents]


def _answered(incidents: Sequence[Incident], came_from: Continuation | None) -> list[Incident]:
    """What Rootly would answer, ties in an order of its own."""
    if not isinstance(came_from, Boundary):
        return [*incidents]
    bounds = came_from.narrow({})["created_at"]
    return [
        row
        for row in incidents
        if (at := datetime.fromisoformat(str(row.attributes["created_at"])))
        and ("lt" not in bounds or at < bounds["lt"])
        and ("gte" not in bounds or at >= bounds["gte"])
    ]
