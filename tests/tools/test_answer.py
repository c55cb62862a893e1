import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.corpus import HOSTILE, ORDINARY
from tools.answer import Answer, fit_rows, lay_out
from tools.trimming import Row

moderately = settings(max_examples=40, deadline=None, derandomize=True)

AS_OF = datetime(2026, 11, 22, 2, 0, 0, 999_999, tzinfo=UTC)
CUT = "Long texts and lists of this row are cut."


def answer(rows: list[Row], *, more: bool = False, **facts: Any) -> Answer:
    after = {"after": f"a{len(rows)}"} if more else None
    return Answer(rows_key="incidents", rows=rows, as_of=AS_OF, next=after, **facts)


def render(answer: Answer, limit: int) -> tuple[str, dict[str, Any]]:
    """The layout of a list that goes on after the key of a row: a1, a2 and so on."""
    keys = [f"a{place}" for place in range(1, len(answer.rows) + 1)]
    return lay_out(fit_rows(answer, limit, keys), limit)


def rows_of(document: dict[str, Any]) -> list[Any]:
    rows = document["incidents"]
    assert isinstance(rows, list)
    return rows


def empties(value: Any) -> list[Any]:
    inner = (
        [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    )
    return [item for item in inner if item in (None, "", [], {})] + [
        found for item in inner for found in empties(item)
    ]


TEXT = st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=4), st.integers(1, 300)
)
LINK = TEXT.map(lambda text: f"https://vendor.test/{text}")
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | LINK,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=8)
        | st.dictionaries(st.text(max_size=8), inner, min_size=1, max_size=8)
    ),
    max_leaves=4,
)
OBJECTS = st.dictionaries(
    st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=20), VALUES, min_size=1, max_size=6
)
CELLS = st.lists(VALUES | st.none(), min_size=1, max_size=6)


@moderately
@given(
    rows=st.lists(OBJECTS, max_size=5),
    limit=st.integers(400, 4_000),
    more=st.booleans(),
    noted=st.booleans(),
)
@example(
    rows=[
        {"a": ["https://vendor.test/" + "a" * 900], "b": {"c": "https://vendor.test/" + "a" * 900}}
    ],
    limit=400,
    more=True,
    noted=True,
)
@example(rows=[{f"a{place:019}": 17 for place in range(100)}], limit=400, more=True, noted=True)
def test_an_answer_fits_and_goes_on_after_the_last_row_shown(
    rows: list[Row], limit: int, more: bool, noted: bool
) -> None:
    original = answer(
        rows,
        more=more,
        total=37,
        sandbox=True,
        count=True,
        notes=["created_at.gte -24h means 2026-11-21T02:00:00Z."] if noted else [],
    )
    text, document = render(original, limit)
    assert len(text.encode()) <= limit
    assert json.loads(text) == document
    assert min(1, len(rows)) <= len(rows_of(document)) <= len(rows)
    assert all(rows_of(document))
    assert document["count"] == len(rows_of(document))
    count = len(rows_of(document))
    assert document.get("next") == ({"after": f"a{count}"} if more or count < len(rows) else None)
    notes = document.get("notes", [])
    if CUT not in notes:
        assert rows_of(document) == rows[: len(rows_of(document))]
        note = f"{len(rows_of(document))} of {len(rows)} rows fit here: go on with next."
        assert (note in notes) == (len(rows_of(document)) < len(rows))
    else:
        assert len(rows_of(document)) == 1
        row_json = json.dumps(rows[0], ensure_ascii=False, separators=(",", ":"))
        assert len(row_json.encode()) > limit - 450
    assert notes[: len(original.notes)] == original.notes
    assert empties({key: value for key, value in document.items() if key != "incidents"}) == []
    assert empties([row for row in rows_of(document) if row]) == []


@moderately
@given(rows=st.lists(CELLS, min_size=1, max_size=5), limit=st.integers(400, 4_000))
def test_a_table_fits_too(rows: list[Row], limit: int) -> None:
    original = answer(rows, facts={"columns": ["a", "b"]})
    text, document = render(original, limit)
    assert len(text.encode()) <= limit
    assert json.loads(text) == document
    assert [*document][:2] == ["columns", "incidents"]
    assert 1 <= len(rows_of(document)) <= len(rows)
    if CUT not in document.get("notes", []):
        assert rows_of(document) == rows[: len(rows_of(document))]


def test_the_facts_stand_in_the_order_in_which_they_are_read() -> None:
    text, _ = render(
        answer(
            [{"title": "Disk “full”"}],
            more=True,
            total=37,
            facts={"incident_id": "1"},
            notes=["Cut."],
            sandbox=True,
        ),
        4_000,
    )
    assert text == (
        '{"incident_id":"1","incidents":[{"title":"Disk “full”"}],"total":37,"next":{"after":"a1"},'
        '"as_of":"2026-11-22T02:00:00Z","notes":["Cut."],"source":"sandbox"}'
    )


def test_an_empty_answer_shows_its_one_empty_list() -> None:
    assert render(answer([]), 4_000)[0] == '{"incidents":[],"as_of":"2026-11-22T02:00:00Z"}'
    assert (
        render(answer([], total=0, count=True), 40)[0]
        == '{"incidents":[],"count":0,"total":0,"as_of":"2026-11-22T02:00:00Z"}'
    )


def test_as_many_rows_are_shown_as_fit() -> None:
    rows: list[Row] = [{"sequential_id": number, "title": "x" * 70} for number in range(100)]
    text, document = render(answer(rows), 5_000)
    assert 4_850 < len(text) <= 5_000
    assert document["next"] == {"after": f"a{len(rows_of(document))}"}


def test_a_row_that_fits_by_itself_is_whole() -> None:
    rows: list[Row] = [{"summary": "a" * 3_000}, {"summary": "b" * 3_000}]
    _, document = render(answer(rows), 4_000)
    assert document["incidents"] == rows[:1]
    assert document["notes"] == ["1 of 2 rows fit here: go on with next."]


def test_a_row_that_is_too_long_has_its_texts_cut_and_its_links_left_out() -> None:
    row: Row = {
        "id": "17",
        "summary": "a" * 3_000,
        "url": "https://root.ly/x7k2p9",
        "jira_issue_url": "https://acme.test/" + "a" * 1_500,
        "services": [f"service-{number}" for number in range(2_000)],
        "labels": {f"label-{number}": "x" for number in range(2_000)},
    }
    text, document = render(answer([row, row]), 4_000)
    [only] = rows_of(document)
    assert len(text) <= 4_000
    assert (only["id"], only["url"]) == ("17", "https://root.ly/x7k2p9")
    assert only["summary"].endswith("a…")
    assert "jira_issue_url" not in only
    assert 1 < len(only["services"]) < 2_000
    assert 1 < len(only["labels"]) < 2_000
    assert CUT in document["notes"]
    assert document["next"] == {"after": "a1"}


def test_a_link_is_whole_or_left_out() -> None:
    row: dict[str, Any] = {
        f"url_{number}": f"https://acme.test/{number}/" + "a" * 80 * number for number in range(12)
    }
    _, document = render(answer([row]), 2_000)
    [only] = rows_of(document)
    assert only
    assert all(row[name] == url for name, url in only.items())


@pytest.mark.parametrize("limit", [2_000, 40_000])
def test_texts_that_look_like_results_stay_texts(limit: int) -> None:
    titles = [text for _, text in HOSTILE.values() if text] + [*ORDINARY.values()]
    rows: list[Row] = [{"title": text} for text in titles]
    text, document = render(answer(rows, total=len(rows)), limit)
    assert json.loads(text) == document
    assert document["total"] == len(rows)
    assert rows_of(document) == rows[: len(rows_of(document))]
    assert "\n" not in text


def test_what_stands_beside_the_rows_is_cut_and_counted() -> None:
    table: dict[str, Any] = {
        "incidents_of": [{"name": "x" * 80} for _ in range(400)],
        "failed": {f"id-{n}": "x" * 80 for n in range(400)},
    }
    original = Answer(
        rows_key="incidents", rows=[{"summary": "a" * 300}] * 3, as_of=AS_OF, more=table
    )
    text, document = render(original, 10_000)
    assert len(text) <= 10_000
    assert len(rows_of(document)) == 3
    for name in table:
        kept = len(document[name])
        assert 0 < kept < 400
        assert (
            f"{kept} of 400 {name} are shown: ask for fewer rows to see the others."
            in document["notes"]
        )


def test_a_row_of_links_alone_keeps_as_many_as_fit() -> None:
    links = {f"url_{place}": f"https://vendor.test/{place}/{'a' * 1_900}" for place in range(10)}
    text, document = render(answer([links]), 10_000)
    assert rows_of(document) == [dict([*links.items()][:5])]
    assert len(text) <= 10_000


def test_rows_that_nothing_goes_on_after_are_cut_and_the_question_is_to_be_narrowed() -> None:
    original = answer([[f"group-{number}", number] for number in range(200)])
    text, document = lay_out(original, 2_000)
    count = len(rows_of(document))
    assert 1_850 < len(text) <= 2_000
    assert json.loads(text) == document
    assert rows_of(document) == original.rows[:count]
    assert document["notes"] == [f"{count} of 200 rows fit here: narrow the question."]
    assert "next" not in document


def test_an_answer_whose_next_is_after_rows_that_do_not_fit_is_a_bug_of_its_tool() -> None:
    with pytest.raises(ValueError, match="rows fit, and next is after the last"):
        lay_out(answer([{"title": "x" * 90}] * 50, more=True), 2_000)


def test_an_answer_in_any_script_has_at_most_as_many_bytes_as_the_limit() -> None:
    rows: list[Row] = [{"title": "決済サービスが応答しない"} for _ in range(200)]
    text, document = lay_out(fit_rows(answer(rows), 4_000, ["key"] * 200), 4_000)
    assert 3_800 < len(text.encode()) <= 4_000
    assert rows_of(document) == rows[: len(rows_of(document))]


def test_a_long_row_in_any_script_is_cut_to_the_limit() -> None:
    text, document = lay_out(answer([{"summary": "障" * 5_000, "title": "障害"}]), 2_000)
    assert len(text.encode()) <= 2_000
    [only] = rows_of(document)
    assert set(only) == {"summary", "title"}


def test_a_continuation_never_makes_an_answer_too_long() -> None:
    rows: list[Row] = [{"title": "x" * 50} for _ in range(100)]
    for length in range(1, 400, 7):
        text, document = lay_out(fit_rows(answer(rows), 4_000, ["k" * length] * 100), 4_000)
        assert 3_800 < len(text) <= 4_000
        assert document["next"] == {"after": "k" * length}
