import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tools.rootly.continuation import Continuation
from tools.rootly.position import Cursor, Keyset, Offset, Position
from tools.rootly.question import Question
from tools.rootly.window import Window
from tools.times import Operator

moderately = settings(max_examples=60, deadline=None, derandomize=True)

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
_EARLIEST = datetime(1, 1, 3)  # noqa: DTZ001
_LATEST = datetime(9999, 12, 29)  # noqa: DTZ001
MOMENTS = st.datetimes(_EARLIEST, _LATEST).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
WINDOWS = st.builds(Window, MOMENTS, st.sampled_from([1, 60]))
POSITIONS: st.SearchStrategy[Position] = (
    st.builds(
        Keyset,
        WINDOWS,
        st.dictionaries(st.integers(1, 10**6), st.none() | MOMENTS, max_size=99),
        st.booleans(),
    )
    | st.builds(
        Cursor,
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E)),
        st.integers(0, 10**6),
        st.none() | st.integers(),
        st.none() | MOMENTS,
    )
    | st.builds(Offset, st.integers(0, 10**6 - 1), st.integers(1, 100), st.none() | WINDOWS)
)
OPERATORS: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")
INSTANTS = st.dictionaries(
    st.sampled_from(["created_at", "started_at"]),
    st.dictionaries(st.sampled_from(OPERATORS), MOMENTS, min_size=1),
)


@moderately
@given(position=POSITIONS, instants=INSTANTS)
def test_a_continuation_is_read_as_it_was_written(position: Position, instants: Any) -> None:
    continuation = Continuation.of("abcdefgh", position, instants)
    assert Continuation.parse(str(continuation)) == continuation
    assert continuation.belongs_to("abcdefgh")
    assert not continuation.belongs_to("abcdefgi")


@moderately
@given(position=POSITIONS, other=POSITIONS, instants=INSTANTS, others=INSTANTS)
def test_a_continuation_with_another_position_or_instant_belongs_to_no_question(
    position: Position, other: Position, instants: Any, others: Any
) -> None:
    assume((position, instants) != (other, others))
    checksum = Continuation.of("abcdefgh", position, instants).checksum
    assert not Continuation(checksum, other, others).belongs_to("abcdefgh")


def encoded(wire: object) -> str:
    return urlsafe_b64encode(json.dumps(wire).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "wire",
    [
        None,
        1,
        "a",
        [],
        {},
        ["a"],
        ["a", 1],
        ["a", []],
        [1, ["o", 0, 25]],
        ["a", ["x"]],
        ["a", ["o", 0, 25], 1],
        ["a", ["o", -1, 25]],
        ["a", ["o", 0, 0]],
        ["a", ["o", 0, 101]],
        ["a", ["o", 10**6, 25]],
        ["a", ["o", "0", 25]],
        ["a", ["o", 0, 25, 0, 2]],
        ["a", ["k"]],
        ["a", ["k", 0]],
        ["a", ["k", 0, 1, 1]],
        ["a", ["k", 0, 1, []]],
        ["a", ["k", 0, 1, [0, "1"]]],
        ["a", ["k", 0, 1, [0, True]]],
        ["a", ["k", 0, 1, ["0", 1]]],
        ["a", ["k", 0, 1, [10**12, 1]]],
        ["a", ["k", 10**12, 1]],
        ["a", ["k", -(10**12), 1]],
        ["a", ["k", 0.5, 1]],
        ["a", ["c", "a\n", 0, None, None]],
        ["a", ["c", "é", 0, None, None]],
        ["a", ["c", "a", 0, "1", None]],
        ["a", ["c", "a", 0, 1, "1"]],
        ["a", ["o", 0, 25], {"created_at": 1}],
        ["a", ["o", 0, 25], {"created_at": {"gte": "now"}}],
        ["a", ["o", 0, 25], {}, 1],
    ],
    ids=json.dumps,
)
def test_what_is_not_a_continuation_is_refused(wire: object) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        Continuation.parse(encoded(wire))


@moderately
@given(
    text=st.text(max_size=60)
    | st.binary(max_size=60).map(lambda data: urlsafe_b64encode(data).decode())
)
@example("")
@example("\ud800")
@example("a" * 10_000)
@example(encoded([[]] * 900))
def test_any_text_is_a_continuation_or_refused(text: str) -> None:
    try:
        continuation = Continuation.parse(text)
    except ValueError:
        return
    assert continuation.position.paging(25)


@pytest.mark.parametrize(
    ("passed", "wanted", "size"),
    [(0, 25, 25), (50, 25, 25), (100, 60, 50), (97, 100, 97), (97, 25, 1), (30, 20, 15)],
)
def test_a_page_by_number_begins_exactly_after_what_was_passed(
    passed: int, wanted: int, size: int
) -> None:
    paging = Offset(passed).paging(wanted)
    assert paging == {"page[size]": str(size), "page[number]": str(passed // size + 1)}
    assert passed % size == 0


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("own", "added", "narrowed"),
    [
        ({}, {"lt": NOW}, {"lt": NOW}),
        ({"gte": NOW - HOUR}, {"lt": NOW}, {"gte": NOW - HOUR, "lt": NOW}),
        ({"lte": NOW + HOUR}, {"lt": NOW}, {"lt": NOW}),
        ({"lt": NOW - HOUR}, {"lt": NOW}, {"lt": NOW - HOUR}),
        ({"lte": NOW}, {"lt": NOW}, {"lte": NOW}),
        ({"gt": NOW - HOUR}, {"gte": NOW}, {"gte": NOW}),
        ({"gt": NOW + HOUR}, {"gte": NOW}, {"gt": NOW + HOUR}),
        (
            {"gt": NOW - HOUR, "lt": NOW + HOUR},
            {"gte": NOW, "lt": NOW + HOUR / 2},
            {"gte": NOW, "lt": NOW + HOUR / 2},
        ),
    ],
)
def test_a_bound_of_the_callers_that_is_narrower_stays(own: Any, added: Any, narrowed: Any) -> None:
    question = Question(ranges={"created_at": own})
    assert question.narrow("created_at", added).ranges == {"created_at": narrowed}
