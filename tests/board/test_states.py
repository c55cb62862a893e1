"""What a person sees: loading, live, nothing live, failures, one incident, a plot."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from sandbox.serving import Sandbox
from sandbox.store import Store
from tests.board.chat import CAPABILITIES, Chat
from tests.board.conftest import OpenBoard
from tests.board.desk import desk_for
from tests.board.worlds import crowd
from tests.conftest import NOW
from tools.limits import Limits

pytestmark = pytest.mark.slow

QUICK = Limits(timeout_s=1, retries=0)
FAULTS: Mapping[str, str] = {
    "status:401": "does not accept",
    "status:403": "may not do this",
    "status:500": "500",
    "429:seconds:3600": "try again in 3600 s",
    "delay:30": "within 1 s",
    "reset": "connection",
    "html": "Rootly",
    "error-in-success": "Rootly",
    "cut": "Rootly",
}
"""Faults of a vendor, and a word that a person reads then."""


def main(chat: Chat) -> Locator:
    return chat.board.get_by_role("main")


def rows(chat: Chat) -> Locator:
    """The incidents of the list."""
    return chat.board.get_by_role("heading", level=3)


def banner(chat: Chat) -> Locator:
    """Where a failure is told."""
    return chat.board.locator(".banner")


def press(chat: Chat, name: str) -> None:
    chat.board.get_by_role("button", name=name).first.click()


def outage(store: Store) -> int:
    """Declare an incident of the highest severity; gives its number."""
    started = NOW - timedelta(minutes=5)
    return store.create_incident(
        {"severity": ["sev0"], "services": ["auth-service"]},
        title="Nobody can log in",
        created_at=started,
        started_at=started,
    )


def fail_next(sandbox: Sandbox) -> None:
    """The next request to Rootly is refused, which nobody tries again by itself."""
    sandbox.script.turn(sandbox.script.count() + 1, fault="status:403")


def test_it_says_that_it_loads_and_what_was_asked_for(board: OpenBoard) -> None:
    chat = board({"services": ["checkout-api"]}, hold=["show_board"])
    expect(main(chat)).to_contain_text("Loading")
    expect(main(chat)).to_contain_text("checkout-api")
    expect(main(chat)).not_to_contain_text("Nothing is live")
    chat.release()
    expect(rows(chat).first).to_contain_text("Checkout 5xx in us-east-1")
    expect(main(chat)).not_to_contain_text("Loading")


def test_the_worst_incident_stands_first_with_its_start_and_its_lead(board: OpenBoard) -> None:
    worst = board().board.get_by_role("listitem").first
    for text in (
        "SEV1",
        "Checkout 5xx in us-east-1",
        "since 01:21, 39 min",
        "Commander Amara Okafor",
    ):
        expect(worst).to_contain_text(text)


def test_times_are_in_the_zone_and_the_language_of_the_program(board: OpenBoard) -> None:
    chat = board(context={"timeZone": "America/New_York", "locale": "en-US"})
    expect(chat.board.get_by_role("listitem").first).to_contain_text("08:21 PM")


def test_all_times_change_with_the_zone_of_the_program(board: OpenBoard) -> None:
    chat = board({"sequential_id": "4821"})
    first = chat.board.get_by_role("region", name="Timeline").get_by_role("listitem").first
    expect(first).to_contain_text("01:56")
    chat.hold("list_incidents")
    chat.change_context({"timeZone": "Asia/Kathmandu"})
    expect(first).to_contain_text("07:41")


def test_durations_go_on_between_two_answers(board: OpenBoard) -> None:
    chat = board()
    expect(chat.board.get_by_role("listitem").first).to_contain_text("39 min")
    chat.hold("list_incidents")
    chat.page.clock.run_for(70_000)
    expect(chat.board.get_by_role("listitem").first).to_contain_text("40 min")


def test_it_says_that_the_data_is_made_up(board: OpenBoard) -> None:
    expect(main(board())).to_contain_text("made up")


def test_nothing_live_is_said_with_what_was_asked_for(board: OpenBoard) -> None:
    chat = board({"severity": "sev9"})
    expect(main(chat)).to_contain_text("Nothing is live.")
    expect(main(chat)).to_contain_text("sev9")
    expect(rows(chat)).to_have_count(0)


def test_names_to_try_instead_are_said_if_nothing_has_the_name(board: OpenBoard) -> None:
    chat = board({"services": "checkout"})
    expect(main(chat)).to_contain_text("Nothing is live. Only services: checkout.")
    expect(main(chat)).to_contain_text(
        "Similar names that exist: services: checkout-api or checkout-web."
    )


@pytest.mark.parametrize("fault", [*FAULTS])
def test_a_failure_never_looks_like_an_empty_board(
    board: OpenBoard, world: Sandbox, fault: str
) -> None:
    world.load(crowd(3))
    with desk_for(world, QUICK, fault=fault) as desk:
        chat = board(server=desk)
        expect(banner(chat)).to_contain_text(FAULTS[fault])
        expect(main(chat)).not_to_contain_text("Nothing is live")
        expect(chat.board.get_by_role("button", name="Retry")).to_be_visible()


def test_a_person_can_try_again_after_a_failure(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(crowd(3))
    fail_next(world)
    chat = board(server=world_desk)
    expect(banner(chat)).to_be_visible()
    press(chat, "Retry")
    expect(rows(chat)).to_have_count(3)
    expect(banner(chat)).to_be_hidden()


def test_what_was_known_stays_with_its_age_if_a_refresh_fails(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(crowd(3))
    chat = board(server=world_desk)
    expect(rows(chat)).to_have_count(3)
    fail_next(world)
    press(chat, "Refresh now")
    expect(banner(chat)).to_contain_text("02:00:00")
    expect(rows(chat)).to_have_count(3)
    press(chat, "Refresh now")
    expect(banner(chat)).to_be_hidden()


def test_a_call_that_hangs_is_given_up_and_the_old_data_stays(board: OpenBoard) -> None:
    chat = board()
    expect(rows(chat).first).to_be_visible()
    row_count = rows(chat).count()
    chat.hold("list_incidents")
    press(chat, "Refresh now")
    chat.page.wait_for_function("chat.messages.some(e => e.message.method === 'tools/call')")
    chat.page.clock.run_for(26_000)
    expect(banner(chat)).to_contain_text("25 s")
    expect(rows(chat)).to_have_count(row_count)


def test_a_cancelled_call_is_told(board: OpenBoard) -> None:
    chat = board(result="never")
    expect(main(chat)).to_contain_text("Loading")
    chat.cancel("the person stopped it")
    expect(main(chat)).to_contain_text("Cancelled")
    expect(main(chat)).to_contain_text("the person stopped it")
    expect(main(chat)).not_to_contain_text("Loading")


def test_a_program_that_cannot_call_tools_gets_a_board_that_says_how_old_it_is(
    board: OpenBoard,
) -> None:
    capabilities = {name: value for name, value in CAPABILITIES.items() if name != "serverTools"}
    chat = board(capabilities=capabilities)
    expect(main(chat)).to_contain_text("this cannot be refreshed here")
    expect(main(chat)).to_contain_text("02:00:00")
    expect(chat.board.get_by_role("button", name="Refresh now")).to_be_hidden()
    expect(chat.board.get_by_role("button", name="Trends")).to_be_hidden()
    press(chat, "Checkout 5xx")
    expect(main(chat)).to_contain_text("Amara Okafor")
    expect(main(chat)).not_to_contain_text("Loading")
    chat.page.clock.run_for(120_000)
    assert chat.sent("tools/call") == []


def test_a_program_that_drops_what_the_page_needs_gets_a_board_that_asks_itself(
    board: OpenBoard,
) -> None:
    chat = board(drop=["_meta"])
    expect(rows(chat).first).to_contain_text("Checkout 5xx in us-east-1")


def test_more_incidents_than_one_answer_holds_are_not_hidden(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(crowd(143))
    chat = board(server=world_desk)
    expect(rows(chat)).to_have_count(100)
    expect(main(chat)).to_contain_text("100 of 143")


def test_an_incident_opens_with_its_timeline_people_items_and_attachments(board: OpenBoard) -> None:
    chat = board()
    press(chat, "Checkout 5xx")
    expect(chat.board.get_by_role("heading", level=1)).to_have_text("Checkout 5xx in us-east-1")
    for name, text in {
        "Timeline": "Paged the on-call of Payments",
        "People": "Jonas Lindqvist",
        "Action items": "Roll payments-gateway back to 2.31.4",
        "Attachments": "INC-",
        "Links": "PagerDuty",
    }.items():
        expect(chat.board.get_by_role("region", name=name)).to_contain_text(text)
    press(chat, "Live incidents")
    expect(chat.board.get_by_role("heading", level=1)).to_have_text("Live incidents")


def test_the_model_can_open_an_incident_at_once(board: OpenBoard) -> None:
    chat = board({"sequential_id": "4821"})
    expect(chat.board.get_by_role("heading", level=1)).to_have_text("Checkout 5xx in us-east-1")
    expect(chat.board.get_by_role("region", name="Timeline")).to_contain_text("Error rate")
    press(chat, "Live incidents")
    expect(rows(chat).first).to_contain_text("Checkout 5xx in us-east-1")


def with_outage_open(board: OpenBoard, world: Sandbox, world_desk: str) -> tuple[Chat, int]:
    """The board with one incident open, whose details are there, and the incident's number."""
    world.load(crowd(3))
    number = outage(world.store)
    chat = board(server=world_desk)
    press(chat, "Nobody can log in")
    expect(main(chat)).not_to_contain_text("Loading")
    return chat, number


def test_an_incident_that_is_resolved_while_it_is_open_stays_and_says_so(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    chat, number = with_outage_open(board, world, world_desk)
    expect(main(chat)).to_contain_text("since 01:55, 5 min")
    world.store.update_incident(number, status="resolved", resolved_at=NOW)
    press(chat, "Refresh now")
    expect(main(chat)).to_contain_text("No longer live: resolved since 02:00")
    expect(chat.board.get_by_role("heading", level=1)).to_have_text("Nobody can log in")
    press(chat, "Live incidents")
    press(chat, "Refresh now")
    expect(rows(chat)).to_have_count(3)


def test_an_incident_that_is_deleted_while_it_is_open_stays_and_says_so(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    chat, number = with_outage_open(board, world, world_desk)
    world.store.delete_incident(number)
    press(chat, "Refresh now")
    expect(main(chat)).to_contain_text("does not show this incident any more")
    expect(main(chat)).to_contain_text("since 01:55")


def test_a_new_incident_that_is_worse_comes_first(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(crowd(2))
    chat = board(server=world_desk)
    expect(rows(chat)).to_have_count(2)
    outage(world.store)
    press(chat, "Refresh now")
    expect(rows(chat).first).to_have_text("Nobody can log in")
    expect(chat.board.get_by_role("status")).to_contain_text("1 new: SEV0, Nobody can log in")


def test_without_incident_io_the_board_says_so(board: OpenBoard, world: Sandbox) -> None:
    world.load(crowd(2))
    with desk_for(world, vendors=["rootly"]) as desk:
        chat = board(server=desk)
        press(chat, "answers slowly")
        expect(chat.board.get_by_role("region", name="Attachments")).to_contain_text(
            "this needs a key of incident.io, and the right to call list_attachments"
        )


def test_attachments_that_cannot_be_asked_for_are_not_shown_as_none(
    board: OpenBoard, world: Sandbox, world_desk: str
) -> None:
    world.load(Store.containing([], NOW))
    number = outage(world.store)
    world.store.update_incident(number, pagerduty_incident_id="P1")
    world.script.turn(1, vendor="incident_io", fault="status:403")
    chat = board(server=world_desk)
    press(chat, "Nobody can log in")
    attachments = chat.board.get_by_role("region", name="Attachments")
    expect(attachments).to_contain_text("Could not ask incident.io")
    expect(attachments).not_to_contain_text("Nothing is attached")
    attachments.get_by_role("button", name="Retry").click()
    expect(attachments).to_contain_text("Nothing is attached")


@pytest.mark.parametrize(
    "dials",
    [
        {"relations": "absent"},
        {"relations": "null"},
        {"relations": "links"},
        {"relations": "dangling"},
        {"severity": "absent"},
        {"severity": "string"},
        {"severity": "flat"},
        {"shape": "nested", "attributes": "all"},
        {"meta": "none"},
        {"total": "missing"},
        {"fault": "nulls"},
        {"fault": "wrong-types"},
        {"fault": "invalid-dates"},
        {"fault": "unknown-enums"},
        {"fault": "surrogates"},
    ],
    ids=lambda dials: ",".join(f"{name}={value}" for name, value in dials.items()),
)
def test_what_a_vendor_does_not_say_is_not_known_or_missing(
    board: OpenBoard, world: Sandbox, dials: Mapping[str, Any]
) -> None:
    """Every answer is shown, or its failure is."""
    world.load(crowd(5))
    with desk_for(world, **dials) as desk:
        chat = board(server=desk)
        if "fault" in dials:
            expect(rows(chat).or_(banner(chat)).filter(visible=True).first).to_be_visible()
        else:
            expect(rows(chat)).to_have_count(5)
        if "relations" in dials:
            expect(main(chat)).not_to_contain_text("nobody assigned")
