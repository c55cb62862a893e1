"""The plot of incidents over time: what its bars say, and how a person moves between them."""

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, expect

from sandbox.serving import Sandbox
from sandbox.store import Store
from tests.board.chat import Chat
from tests.board.conftest import OpenBoard
from tests.conftest import NOW

pytestmark = pytest.mark.slow

PERIODS = {
    "day": ("date({})", "-29 days"),
    # The Sunday that follows, or is that day, and from there the Monday.
    "week": ("date({}, 'weekday 0', '-6 days')", "-175 days"),
    "month": ("date({}, 'start of month')", "-11 months"),
}
"""The first day of the period of a moment in SQL, and from there to the first one of the plot."""


def bars(chat: Chat, panel: str = "Incidents per") -> Locator:
    """The bars of a panel, the oldest first."""
    return chat.board.get_by_role("group", name=panel).get_by_role("img")


def labels(chat: Chat, panel: str = "Incidents per") -> list[str]:
    expect(bars(chat, panel).first).to_be_visible()
    return [bar.get_attribute("aria-label") or "" for bar in bars(chat, panel).all()]


def first_day(label: str) -> str:
    """The first day of the period that a bar names, such as `week of 24 August 2026: …`."""
    words = label.partition(":")[0].removeprefix("week of ").split()
    day, month, *year = words if words[0].isdigit() else ["1", *words]
    number = [*calendar.month_name].index(month)
    return date(int(year[0]) if year else NOW.year, number, int(day)).isoformat()


def resolved(store: Store, started: datetime, minutes: Iterable[float]) -> None:
    """Create incidents that started then, and took so many minutes."""
    for taken in minutes:
        store.create_incident(
            {"severity": ["sev2"]},
            title="Slow answers",
            status="resolved",
            created_at=started,
            started_at=started,
            resolved_at=started + timedelta(minutes=taken),
        )


@pytest.mark.parametrize("period", [*PERIODS])
def test_each_bar_says_how_many_incidents_started_in_its_period(
    board: OpenBoard, world: Sandbox, world_desk: str, period: str
) -> None:
    store = Store(seed=7, now=NOW, size=300)
    world.load(store)
    first_day_of, earlier = PERIODS[period]
    rows = store.rows(
        f"SELECT {first_day_of.format('started_at')} AS start, count(*) AS number FROM incidents"
        " WHERE kind NOT IN ('test', 'test_sub', 'example', 'example_sub')"
        f" GROUP BY 1 HAVING start >= date({first_day_of.format('?')}, ?)",
        [f"{NOW:%Y-%m-%d}", earlier],
    )
    expected = {row["start"]: row["number"] for row in rows}
    chat = board({"group_by": period}, server=world_desk)
    counts = {}
    for label in labels(chat):
        counts[first_day(label)] = int(label.partition(": ")[2].split()[0].replace(",", ""))
    assert {start: number for start, number in counts.items() if number} == expected


def test_periods_without_incidents_have_a_place_also_at_both_ends(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(Store.containing([], NOW))
    resolved(world.store, NOW - timedelta(days=20), [30])
    chat = board({"group_by": "day"}, server=world_desk)
    spoken = labels(chat)
    assert len(spoken) == 30
    assert [label for label in spoken if "0 incidents" not in label] == [
        "2 November: 1 incident, to resolve: median 30 min, 9 of 10 within 30 min"
    ]
    assert spoken[0] == "24 October: 0 incidents"
    assert spoken[-1] == "22 November: 0 incidents, this day is not complete"
    expect(chat.board.get_by_role("main")).to_contain_text("not complete: 22 November")


def test_a_period_without_a_median_is_not_one_of_0_minutes(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(Store.containing([], NOW))
    resolved(world.store, NOW - timedelta(days=3), [0])
    world.store.create_incident(
        {"severity": ["sev2"]},
        title="Slow answers",
        status="started",
        created_at=NOW - timedelta(days=2),
        started_at=NOW - timedelta(days=2),
    )
    chat = board({"group_by": "day"}, server=world_desk)
    minutes = labels(chat, "To resolve")[-4:-1]
    assert "median 0 min" in minutes[0]
    assert "1 still live, to resolve: no value" in minutes[1]
    assert minutes[2].endswith("0 incidents")
    expect(chat.board.get_by_role("listitem").filter(has_text="no value")).to_be_visible()


def test_the_few_that_took_days_are_cut_and_named(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(Store.containing([], NOW))
    for day in range(2, 9):
        resolved(world.store, NOW - timedelta(days=day), [80, 90, 100])
    resolved(world.store, NOW - timedelta(days=5), [4_410])
    chat = board({"group_by": "day"}, server=world_desk)
    expect(chat.board.get_by_role("main")).to_contain_text(
        "1 value above the plot, up to 3 d 1 h (17 November)"
    )
    assert any("9 of 10 within 3 d 1 h" in label for label in labels(chat, "To resolve"))
    panel = chat.board.get_by_role("group", name="To resolve")
    boxes = [bar.bounding_box() for bar in panel.locator(".plot-bar").all()]
    assert min(box["height"] for box in boxes if box) > 20
    edge = panel.bounding_box()
    marks = [mark.bounding_box() for mark in panel.locator(".plot-mark").all()]
    assert edge
    assert min(box["y"] for box in marks if box) >= edge["y"]


def test_the_arrow_keys_lead_from_bar_to_bar(board: OpenBoard) -> None:
    chat = board({"group_by": "week"})
    readout = chat.board.locator(".plot-readout")
    spoken = labels(chat)
    chat.board.get_by_role("button", name="By month").focus()
    chat.page.keyboard.press("Tab")
    for key, index in (("", -1), ("ArrowLeft", -2), ("Home", 0), ("ArrowLeft", 0), ("End", -1)):
        if key:
            chat.page.keyboard.press(key)
        expect(bars(chat).nth(index)).to_be_focused()
        expect(readout).to_have_text(spoken[index])
    chat.page.keyboard.press("Tab")
    expect(chat.board.get_by_label("Time")).to_be_focused()


def test_a_bar_that_is_pointed_at_is_read_out(board: OpenBoard) -> None:
    chat = board({"group_by": "week"})
    spoken = labels(chat)
    bars(chat).nth(3).hover()
    expect(chat.board.locator(".plot-readout")).to_have_text(spoken[3])


def test_the_time_that_a_person_chose_stays_with_other_periods(board: OpenBoard) -> None:
    chat = board({"group_by": "week"})
    chat.board.get_by_label("Time").select_option(label="To mitigate")
    assert "to mitigate: median" in labels(chat, "To mitigate")[3]
    chat.board.get_by_role("button", name="By day").click()
    expect(chat.board.get_by_role("group", name="Incidents per day")).to_be_visible()
    expect(chat.board.get_by_label("Time")).to_have_value("mitigate")


def test_the_same_numbers_are_a_table(board: OpenBoard) -> None:
    chat = board({"group_by": "month"})
    spoken = {first_day(label): label for label in labels(chat)}
    chat.board.get_by_text("The numbers as a table").click()
    table = chat.board.get_by_role("table")
    expect(table.get_by_role("columnheader").first).to_have_text("Month")
    months = table.get_by_role("rowheader").all_text_contents()
    rows = table.get_by_role("row").all()[1:]
    numbers = [row.get_by_role("cell").first.text_content() for row in rows]
    for month, number in zip(months, numbers, strict=True):
        assert f": {number} incident" in spoken[f"{month}-01"]


def test_the_plot_fits_into_320_pixels_and_its_texts_do_not_overlap(board: OpenBoard) -> None:
    chat = board({"group_by": "day"}, width=320, context={"locale": "de-DE"})
    expect(bars(chat).first).to_be_visible()
    assert chat.board.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lines: dict[int, list[tuple[float, float]]] = {}
    for text in chat.board.locator("svg text").all():
        box = text.bounding_box()
        assert box
        lines.setdefault(round(box["y"]), []).append((box["x"], box["x"] + box["width"]))
    for line in lines.values():
        for (_, end), (start, _) in pairwise(sorted(line)):
            assert end < start


def test_an_answer_without_incidents_is_said_and_not_drawn(board: OpenBoard) -> None:
    chat = board({"group_by": "week", "services": ["no-such-service"]})
    expect(chat.board.get_by_role("main")).to_contain_text("No incident matches")
    expect(chat.board.get_by_role("img")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en_US", "", "klingon-!"])
def test_a_locale_that_the_browser_does_not_know_breaks_nothing(
    board: OpenBoard, locale: str
) -> None:
    chat = board({"group_by": "month"}, context={"locale": locale})
    assert len(labels(chat)) == 12
