"""What `include` brings, in the forms that Rootly documents and that clients have met."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from tests.tools.conftest import ask
from tests.tools.mocked import mocked, reply
from tools.answer import Answer, lay_out
from tools.errors import Rejected
from tools.rootly.relations import RELATIONS, SLUGS

pytestmark = pytest.mark.anyio

ADA = {
    "id": "667",
    "type": "users",
    "attributes": {"full_name": "Ada Example", "email": "ada@example.com", "phone": "+1 555"},
}
NAMELESS = {
    "id": "668",
    "type": "users",
    "attributes": {"full_name": None, "name": "bo@example.com", "email": "bo@example.com"},
}


def resource(type_: str, attributes: Mapping[str, Any], **relationships: Any) -> dict[str, Any]:
    linked = (
        {"relationships": {name: {"data": data} for name, data in relationships.items()}}
        if relationships
        else {}
    )
    return {"id": "r1", "type": type_, "attributes": attributes, **linked}


def incident(number: int = 1, **parts: Any) -> dict[str, Any]:
    attributes = {"sequential_id": number, "created_at": "2026-11-21T14:00:00Z"}
    return {
        "id": f"i{number}",
        "type": "incidents",
        "attributes": attributes,
        "relationships": {},
        **parts,
    }


def body(*rows: Any, included: Sequence[Any] = ()) -> dict[str, Any]:
    return {
        "data": [*rows],
        "included": [*included],
        "links": {"next": None},
        "meta": {"total_count": len(rows)},
    }


async def answered(document: Any, **arguments: Any) -> Answer:
    async with mocked(lambda _: reply(body=document)) as connection:
        answer: Answer = await ask(connection, arguments)
    return answer


async def included(relation: str, *resources: Any) -> tuple[Any, list[str]]:
    """What a row has of a relation to the first of *resources*, and the notes.

    All of *resources* are included in the answer.
    """
    reference = {"id": resources[0]["id"], "type": resources[0]["type"]}
    row = incident(relationships={relation: {"data": [reference]}})
    answer = await answered(body(row, included=resources), include=relation, fields="sequential_id")
    text, _ = lay_out(answer, 40_000)
    assert "@" not in text
    [cell] = answer.rows
    assert isinstance(cell, dict)
    return cell.get(RELATIONS[relation].field), answer.notes


BY_ID = "Rootly's answer does not resolve some {}: shown by id."
UNREADABLE = "Left out, because not readable: {} (1)."

# Sub-statuses

ASSIGNED = {
    "sub_status_id": "ff349f37",
    "incident_id": "i1",
    "assigned_at": "2026-01-30T15:04:13.257-08:00",
    "assigned_by_user_id": 667,
}
SUB_STATUS = {"id": "ff349f37", "type": "sub_statuses"}


async def test_a_sub_status_has_the_name_of_what_its_assignment_refers_to() -> None:
    assigned = resource(
        "incident_sub_statuses",
        ASSIGNED,
        sub_status=SUB_STATUS,
        assigned_by_user={"id": "667", "type": "users"},
    )
    named = {**SUB_STATUS, "attributes": {"name": "Rolling back", "parent_status": "started"}}
    cell, notes = await included("sub_statuses", assigned, named)
    assert cell == [{"name": "Rolling back", "at": "2026-01-30T23:04:13Z"}]
    assert not notes


async def test_the_names_of_sub_statuses_are_asked_for() -> None:
    urls: list[httpx.URL] = []

    def record(request: httpx.Request) -> httpx.Response:
        urls.append(request.url)
        return reply(body=body())

    async with mocked(record) as connection:
        await ask(connection, {"include": ["sub_statuses", "roles"], "fields": "title"})
        await ask(connection, {"include": ["roles"], "fields": "title"})
    assert urls[0].params["include"] == "roles,sub_statuses,sub_statuses.sub_status"
    assert urls[-1].params["include"] == "roles"


async def test_where_rootly_refuses_to_include_the_names_the_rest_is_shown() -> None:
    assigned = resource("incident_sub_statuses", ASSIGNED, sub_status=SUB_STATUS)
    row = incident(
        relationships={"sub_statuses": {"data": [{"id": "r1", "type": "incident_sub_statuses"}]}}
    )

    def refuse(request: httpx.Request) -> httpx.Response:
        if "." in request.url.params["include"]:
            return reply(400, {"errors": [{"title": "Invalid include", "status": "400"}]})
        return reply(body=body(row, included=[assigned]))

    async with mocked(refuse) as connection:
        answer = await ask(connection, {"include": "sub_statuses", "fields": "sequential_id"})
    assert answer.rows[0]["sub_statuses"] == [{"name": "ff349f37", "at": "2026-01-30T23:04:13Z"}]
    assert answer.notes == [BY_ID.format("sub_statuses")]


async def test_what_else_rootly_refuses_stays_refused() -> None:
    async with mocked(lambda _: reply(422, {"errors": [{"title": "Bad filter"}]})) as connection:
        with pytest.raises(Rejected, match="Bad filter"):
            await ask(connection, {"include": "sub_statuses"})


@pytest.mark.parametrize("linked", [{}, {"sub_status": SUB_STATUS}, {"sub_status": None}])
async def test_a_sub_status_whose_name_is_not_there_is_shown_by_id_with_a_note(
    linked: dict[str, Any],
) -> None:
    cell, notes = await included(
        "sub_statuses", resource("incident_sub_statuses", ASSIGNED, **linked)
    )
    assert cell == [{"name": "ff349f37", "at": "2026-01-30T23:04:13Z"}]
    assert notes == [BY_ID.format("sub_statuses")]


async def test_a_sub_status_without_even_an_id_is_noted() -> None:
    cell, notes = await included(
        "sub_statuses", resource("incident_sub_statuses", {"assigned_at": ASSIGNED["assigned_at"]})
    )
    assert cell == [{"at": "2026-01-30T23:04:13Z"}]
    assert notes == [UNREADABLE.format("sub_statuses")]


# People

FLAT = {"id": "667", **ADA["attributes"]}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "resources",
    [
        [resource("incident_subscribers", {"user": {"data": ADA}})],
        [resource("incident_subscribers", {"user": FLAT})],
        [
            resource("incident_subscribers", {"user_id": 667}, user={"id": "667", "type": "users"}),
            ADA,
        ],
        [
            resource(
                "incident_subscribers",
                {"user": None, "user_id": 667},
                user={"id": 667, "type": "users"},
            ),
            ADA,
        ],
        [ADA],
    ],
)
async def test_subscribers_are_shown_by_name_in_each_form(resources: list[Any]) -> None:
    cell, notes = await included("subscribers", *resources)
    assert cell == [{"person": "Ada Example"}]
    assert not notes


@pytest.mark.parametrize(
    "attributes",
    [
        {"user_id": 667},
        {"user_id": "667", "email": "ada@example.com"},
        {"user": {"data": {"id": "667", "type": "users"}}},
        {"user": {"data": {**NAMELESS, "id": "667"}}},
        {"user_id": 667, "name": "ada@example.com"},
    ],
)
async def test_subscribers_without_a_name_are_shown_by_id_and_never_by_address(
    attributes: dict[str, Any],
) -> None:
    cell, notes = await included("subscribers", resource("incident_subscribers", attributes))
    assert cell == [{"person": "667"}]
    assert notes == [BY_ID.format("subscribers")]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"email": "ada@example.com"},
        {"user_id": "ada@example.com"},
        {"user": {"data": {"attributes": {}}}},
    ],
)
async def test_subscribers_of_whom_nothing_can_be_shown_are_noted(
    attributes: dict[str, Any],
) -> None:
    cell, notes = await included("subscribers", resource("incident_subscribers", attributes))
    assert cell is None
    assert notes == [UNREADABLE.format("subscribers")]


async def test_a_role_of_somebody_without_a_name_is_shown_by_id() -> None:
    role = {"data": {"id": "c", "type": "incident_roles", "attributes": {"name": "Commander"}}}
    assignment = resource(
        "incident_role_assignments", {"incident_role": role, "user": {"data": NAMELESS}}
    )
    cell, notes = await included("roles", assignment)
    assert cell == [{"role": "Commander", "person": "668"}]
    assert notes == [BY_ID.format("roles")]


# Custom fields

FORM_FIELD = {
    "id": "f1",
    "slug": "impact",
    "kind": "custom",
    "input_kind": "multi_select",
    "name": "Impact",
    "options": [{"id": "x"}],
}
KINDS = {
    "options": "option",
    "teams": "group",
    "services": "service",
    "functionalities": "functionality",
    "environments": "environment",
    "causes": "cause",
    "types": "incident_type",
    "catalog_entities": "catalog_entity",
}
PLURALS = {"functionality": "functionalities", "catalog_entity": "catalog_entities"}


async def selection(
    type_: str = "incident_form_field_selections", /, **attributes: Any
) -> tuple[Any, list[str]]:
    cell, notes = await included(
        "custom_field_selections", resource(type_, {"form_field_id": "f1", **attributes})
    )
    return cell[0] if cell else cell, notes


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("named", ["name", "value", "label"])
async def test_whatever_is_selected_is_shown_by_name(key: str, named: str) -> None:
    kind = KINDS[key]
    attributes = {
        "form_field": FORM_FIELD,
        "value": None,
        f"selected_{PLURALS.get(kind, kind + 's')}": [
            {"id": "a", named: "Checkout"},
            {"id": 7, named: "Payments"},
        ],
        f"selected_{kind}_ids": ["a", 7],
    }
    cell, notes = await selection(**attributes)
    assert cell == {"field": "Impact", "field_id": "f1", key: ["Checkout", "Payments"]}
    assert not notes


@pytest.mark.parametrize("key", KINDS)
async def test_whatever_has_no_name_is_shown_by_id_with_a_note(key: str) -> None:
    cell, notes = await selection(**{f"selected_{KINDS[key]}_ids": ["a", 7]})
    assert cell == {"field_id": "f1", key: ["a", "7"]}
    assert notes == [BY_ID.format("custom_field_selections")]


async def test_people_who_are_selected_are_shown_by_name() -> None:
    users = [
        {**ADA["attributes"], "id": 667},  # type: ignore[dict-item]
        {"id": 668, "value": "Bo Example"},
        {"id": 669, "label": "Cy Example"},
    ]
    cell, notes = await selection(selected_users=users, selected_user_ids=[667, 668, 669])
    assert cell == {"field_id": "f1", "users": ["Ada Example", "Bo Example", "Cy Example"]}
    assert not notes


@pytest.mark.parametrize(
    "attributes",
    [
        {"selected_user_ids": [667]},
        {"selected_users": [{"id": 667, "value": "ada@example.com", "label": "ada@example.com"}]},
        {"selected_users": {"id": 667, "email": "ada@example.com"}, "selected_user_ids": [667]},
    ],
)
async def test_people_without_a_name_are_shown_by_id_and_never_by_address(
    attributes: dict[str, Any],
) -> None:
    cell, notes = await selection(**attributes)
    assert cell == {"field_id": "f1", "users": ["667"]}
    assert notes == [BY_ID.format("custom_field_selections")]


async def test_an_address_in_the_place_of_a_person_is_left_out_with_a_note() -> None:
    for attributes in (
        {"selected_users": ["ada@example.com"]},
        {"value": "ada@example.com"},
        {"selected_user_ids": ["ada@example.com"]},
    ):
        cell, notes = await selection(**attributes)
        assert cell is None
        assert notes == [UNREADABLE.format("custom_field_selections")]


async def test_what_only_the_ids_name_is_shown_too() -> None:
    cell, notes = await selection(
        selected_options=[{"id": "a", "value": "High"}, {"id": "b"}],
        selected_option_ids=["a", "b", "c"],
    )
    assert cell == {"field_id": "f1", "options": ["High", "b", "c"]}
    assert notes == [BY_ID.format("custom_field_selections")]


async def test_a_text_stands_once_though_it_is_sent_in_the_place_of_each_kind() -> None:
    again = {"id": None, "value": "All of Europe"}
    kinds = {
        f"selected_{PLURALS.get(kind, kind + 's')}": again for kind in (*KINDS.values(), "user")
    }
    cell, notes = await selection(form_field=FORM_FIELD, value="All of Europe", **kinds)
    assert cell == {"field": "Impact", "field_id": "f1", "value": "All of Europe"}
    assert not notes


async def test_the_deprecated_selections_are_shown_in_the_same_shape() -> None:
    attributes = {
        "form_field_id": None,
        "custom_field_id": 178,
        "custom_field": {"id": 178, "label": "Impact"},
    }
    cell, notes = await selection(
        "incident_custom_field_selections", **attributes, value="Some", selected_option_ids=[]
    )
    assert cell == {"field": "Impact", "field_id": "178", "value": "Some"}
    assert not notes


async def test_fields_that_nobody_filled_in_are_not_shown() -> None:
    cell, notes = await selection(
        form_field=FORM_FIELD, value=None, selected_options=[], selected_user_ids=[]
    )
    assert cell is None
    assert not notes


@pytest.mark.parametrize("odd", [17, [17.5], [[]], {"a": 1}, [None], "\u202e"])
async def test_a_selection_that_is_not_readable_is_noted(odd: Any) -> None:
    cell, notes = await selection(selected_options=odd, value="Some")
    assert cell["value"] == "Some"
    assert notes or cell["options"] == ["17"]


async def test_messages_whose_text_stands_elsewhere_are_noted() -> None:
    cell, notes = await included(
        "slack_messages",
        resource("incident_slack_messages", {"posted_at": "2026-11-21T14:00:00Z", "body": "x"}),
    )
    assert cell == [{"at": "2026-11-21T14:00:00Z"}]
    assert notes == [UNREADABLE.format("slack_messages")]


# Retrospectives

RETROSPECTIVE = (
    "<h1>Checkout</h1><p>Payments failed for <b>41</b>&nbsp;minutes.</p>"
    '<ul><li>Rolled&nbsp;back</li><li>Paged\n<a href="https://x.test/?a=1&amp;b=2">Ada</a></li></ul>'
    "<script>steal()</script><style>p{color:red}</style><!-- draft -->"
)


async def test_a_retrospective_is_shown_as_text() -> None:
    written = resource(
        "incident_post_mortems",
        {"title": "What broke", "content": RETROSPECTIVE, "status": "published"},
    )
    cell, notes = await included("incident_post_mortem", written)
    assert cell == {
        "title": "What broke",
        "status": "published",
        "text": "Checkout Payments failed for 41 minutes. Rolled back Paged Ada",
    }
    assert not notes


async def test_a_long_retrospective_is_cut_as_texts_are() -> None:
    content = "".join(
        f"<p style='margin:0'>Paragraph <em>{number}</em></p>" for number in range(1_000)
    )
    cell, _ = await included(
        "incident_post_mortem", resource("incident_post_mortems", {"content": content})
    )
    assert cell["text"].startswith("Paragraph 0 Paragraph 1 Paragraph 2")
    assert len(cell["text"]) <= 500
    assert cell["text"].endswith("…")


async def test_nothing_hidden_comes_out_of_a_retrospective() -> None:
    content = "<p>Roll&#8238;ed&#x200b; back\u202e &lt;b&gt;\x1b[31m</p>"
    cell, _ = await included(
        "incident_post_mortem", resource("incident_post_mortems", {"content": content})
    )
    assert cell["text"] == "Rolled back <b>"


async def test_an_empty_retrospective_is_no_gap() -> None:
    cell, notes = await included(
        "incident_post_mortem",
        resource("incident_post_mortems", {"title": "T", "content": "<p></p>"}),
    )
    assert cell == {"title": "T"}
    assert not notes


# What the answer does not say

UNKNOWN = "Not known, and not none: Rootly's answer does not say which {}."
SAYS_NOTHING: dict[str, dict[str, Any]] = {
    "no relationships": {},
    "relationships null": {"relationships": None},
    "relationships of another form": {"relationships": 17},
    "relation absent": {"relationships": {"events": {"data": []}}},
    "relation null": {"relationships": dict.fromkeys(RELATIONS)},
    "data null": {"relationships": {name: {"data": None} for name in SLUGS.values()}},
    "only links": {
        "relationships": {
            name: {"links": {"related": "https://api.rootly.com/v1/x"}} for name in RELATIONS
        }
    },
}


@pytest.mark.parametrize("case", SAYS_NOTHING)
@pytest.mark.parametrize("name", SLUGS)
async def test_a_relation_that_the_answer_does_not_mention_is_not_known(
    name: str, case: str
) -> None:
    rows = [incident(1), incident(2)]
    for row in rows:
        del row["relationships"]
        row |= SAYS_NOTHING[case]
    answer = await answered(body(*rows), fields=["sequential_id", name])
    assert answer.rows == [{"sequential_id": 1}, {"sequential_id": 2}]
    assert answer.notes == [UNKNOWN.format(f"{name} (2)")]
    table = await answered(body(*rows), view="table")
    assert table.notes == [UNKNOWN.format("services (2), environments (2), teams (2)")]


@pytest.mark.parametrize("relation", RELATIONS)
async def test_what_is_included_and_not_mentioned_is_not_known(relation: str) -> None:
    answer = await answered(body(incident()), include=relation, fields="sequential_id")
    assert answer.rows == [{"sequential_id": 1}]
    assert answer.notes == [UNKNOWN.format(f"{RELATIONS[relation].field} (1)")]


@pytest.mark.parametrize(
    "said",
    [
        {"relationships": {"services": {"data": []}}},
        {"attributes": {"sequential_id": 1, "services": []}},
        {
            "attributes": {"sequential_id": 1, "services": None},
            "relationships": {"services": {"data": []}},
        },
        {"attributes": {"sequential_id": 1, "services": {"data": []}}, "relationships": None},
    ],
)
async def test_none_is_none_where_the_answer_says_so(said: dict[str, Any]) -> None:
    answer = await answered(body(incident(**said)), fields=["sequential_id", "services"])
    assert answer.rows == [{"sequential_id": 1}]
    assert not answer.notes


@pytest.mark.parametrize("null", [None, {"data": None}])
async def test_null_says_none_only_where_there_can_be_one(null: Any) -> None:
    for row in (
        incident(relationships={"incident_post_mortem": {"data": None}}),
        incident(attributes={"sequential_id": 1, "incident_post_mortem": null}),
    ):
        answer = await answered(body(row), include="incident_post_mortem", fields="sequential_id")
        assert answer.rows == [{"sequential_id": 1}]
        assert not answer.notes
    row = incident(attributes={"sequential_id": 1, "services": null})
    answer = await answered(body(row), fields=["sequential_id", "services"])
    assert answer.notes == [UNKNOWN.format("services (1)")]


async def test_a_relation_that_is_not_known_is_never_counted_as_none() -> None:
    api = {"id": "s1", "type": "services", "attributes": {"slug": "checkout-api"}}
    rows = [
        incident(1, relationships={"services": {"data": [{"id": "s1", "type": "services"}]}}),
        incident(2, relationships={"services": {"data": []}}),
        incident(3, relationships=None),
        incident(4),
    ]
    answer = await answered(body(*rows, included=[api]), group_by="services")
    assert counts(answer) == {("checkout-api",): 1, (None,): 1}
    assert answer.more["covered"] == {"incidents": 4, "of": 4}
    assert (
        "2 incidents count in no row: Rootly's answer does not say which services they have."
        in answer.notes
    )
    by_both = await answered(body(*rows, included=[api]), group_by=["status", "services"])
    assert sum(counts(by_both).values()) == 2
    by_status = await answered(body(*rows), group_by="status")
    assert counts(by_status) == {(None,): 4}
    assert by_status.notes == [
        "4 incidents show no status that Rootly documents: it is not known whether they are live."
    ]


def counts(answer: Answer) -> dict[tuple[Any, ...], int]:
    """The incidents in each group."""
    groups = answer.facts["columns"].index("incidents")
    return {tuple(row[:groups]): row[groups] for row in answer.rows if isinstance(row, list)}


async def test_notes_stay_short_however_many_rows_have_gaps() -> None:
    rows = [incident(number, relationships=None) for number in range(1, 60)]
    answer = await answered(body(*rows), view="full", page_size=100, include=[*RELATIONS])
    assert len(answer.notes) == 1
    assert len(json.dumps(answer.notes)) < 450


@pytest.mark.parametrize(
    "reference",
    [{"id": "s1", "type": {}}, {"id": [], "type": "services"}, {"id": {}, "type": []}],
    ids=str,
)
async def test_a_reference_with_values_of_other_types_is_noted(reference: Any) -> None:
    rows = [
        incident(number, relationships={"services": {"data": [reference]}}) for number in (1, 2)
    ]
    answer = await answered(body(*rows))
    assert len(answer.rows) == 2
    assert answer.notes
