"""where.person: the people of an incident, in every form in which Rootly sends them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.conditions.answers import Json, check, incident, notes
from tools.rootly.conditions.person import PersonCondition
from tools.rootly.conditions.person_name import PersonName

NOBODY: Json = {"roles": {"data": []}}
"""The relationships of an incident in which nobody has a role."""
IN_NONE = "is in none of the incidents that were read and that meet the other conditions."


def user(name: str, id_: str = "7") -> Json:
    return {"data": {"id": id_, "type": "users", "attributes": {"full_name": name}}}


def role(name: str, person: object) -> Json:
    return {
        "id": f"r-{name}",
        "type": "incident_role_assignments",
        "attributes": {
            "incident_role": {"data": {"id": "1", "attributes": {"name": name}}},
            "user": person,
        },
    }


def declared_by(name: str, id_: str = "7") -> Json:
    return incident(NOBODY, user=user(name, id_))


def fits(text: str, name: str) -> bool:
    return check(PersonCondition(text), declared_by(name)).holds is True


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("ada lovelace", "ADA LOVELACE"),
        ("Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada", "Ada Lovelace"),
        ("Jose Garcia", "José García"),
        ("José", "Jose Garcia"),
        ("OBrien", "Miles O'Brien"),
        ("O’Brien", "Miles O'Brien"),
        ("Luc Picard", "Jean-Luc Picard"),
        ("jean luc", "Jean\u2010Luc Picard"),
        ("Jeanluc Picard", "Jean-Luc Picard"),
        ("Strasse", "Anna Straße"),
        ("Soren", "Søren Kierkegaard"),
        ("Lukasz", "Łukasz Nowak"),
        ("Istanbul", "İSTANBUL Kaya"),
        ("ısık", "Işık Kaya"),
        ("Ελένη", "ΕΛΕΝΗ ΠΑΠΑ"),
        ("Семен", "Семён Иванов"),
        ("राम", "राम शर्मा"),
        ("山田太郎", "山田 太郎"),
        ("김철수", "김 철수"),
        ("محمد", "مُحَمَّد علي"),
        ("דוד", "דָּוִד כהן"),
        ("สมชาย", "สมชาย ใจดี"),
        ("R2D2", "R2D2"),
    ],
)
def test_a_name_fits_in_any_case_and_spelling(text: str, name: str) -> None:
    assert fits(text, name)
    assert fits(unicodedata.normalize("NFD", text), name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ad", "Ada Lovelace"),
        ("Love", "Ada Lovelace"),
        ("Ada Byron", "Ada Lovelace"),
        ("Ada Lovelace King", "Ada Lovelace"),
        ("คำ", "ค่า"),
        ("かき", "がき"),
        ("सुमन", "समन"),
    ],
)
def test_part_of_a_word_and_other_letters_do_not_fit(text: str, name: str) -> None:
    assert not fits(text, name)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(min_size=1, max_size=30))
def test_every_name_fits_itself_in_every_case_and_canonical_form(name: str) -> None:
    plain = PersonName.parse(name)
    assert PersonName.parse(unicodedata.normalize("NFC", name)) == plain
    assert PersonName.parse(unicodedata.normalize("NFD", name)) == plain
    assert PersonName.parse(name.casefold()) == plain


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=30))
def test_every_word_fits_itself_in_upper_case_and_in_compatible_forms(name: str) -> None:
    plain = PersonName.parse(name)
    assert PersonName.parse(unicodedata.normalize("NFKC", name)) == plain
    assert PersonName.parse(name.upper()) == plain


@pytest.mark.parametrize(
    "value",
    [
        user("Ada Lovelace"),
        user("Ada Lovelace")["data"],
        {"id": 7, "full_name": "Ada Lovelace"},
        {"data": {"id": 7, "attributes": {"first_name": "Ada", "last_name": "Lovelace"}}},
        {"name": "Ada Lovelace", "email": "ada@example.com"},
        "Ada Lovelace",
        {"data": "Ada Lovelace"},
        [user("Grace Hopper", "8"), user("Ada Lovelace")],
    ],
)
def test_a_person_is_read_in_every_form(value: object) -> None:
    result = check(PersonCondition("Ada"), incident(NOBODY, resolved_by=value))
    assert (result.holds, result.cells) == (True, (("person", ["resolved_by"]),))


def test_the_row_says_which_parts_the_person_has() -> None:
    roles = {"data": [role("Commander", user("Ada Lovelace")), role("Scribe", {"data": None})]}
    one = incident(roles=roles, user=user("Ada Lovelace"), resolved_by=user("Grace Hopper", "8"))
    assert check(PersonCondition("ada"), one).cells == (("person", ["user", "Commander"]),)


def test_roles_that_are_included_are_read() -> None:
    reference = {"id": "r-Commander", "type": "incident_role_assignments"}
    one = incident({"roles": {"data": [reference]}})
    included = [role("Commander", user("Ada Lovelace"))]
    assert check(PersonCondition("ada"), one, included).cells == (("person", ["Commander"]),)
    assert notes(PersonCondition("ada"), one)[-1].startswith("Left out by where.person: 1 of")


@pytest.mark.parametrize(
    "one",
    [
        incident(),
        incident(roles=None),
        incident(user="Grace Hopper"),
        incident({"roles": {"links": {}}}),
        incident(NOBODY, user=17),
        incident(NOBODY, user=user("ada@example.com")),
        incident(NOBODY, user={"data": {"id": "9", "type": "users"}}),
        incident(roles=[{"id": "r1", "attributes": {"incident_role": None}}]),
        {"id": "i1", "type": "incidents"},
        None,
    ],
)
def test_people_who_are_not_known_are_counted(one: object) -> None:
    assert check(PersonCondition("Ada"), one).holds is None
    assert notes(PersonCondition("Ada"), one)[-1] == (
        "Left out by where.person: 1 of the incidents, because Rootly's answer does not say who "
        "all their people are."
    )


def test_roles_without_a_person_are_known_to_be_empty() -> None:
    roles = [role("Commander", None), role("Scribe", {"data": None})]
    assert check(PersonCondition("Ada"), incident(roles=roles, user=None)).remarks == ()


def test_parts_of_a_person_that_are_not_known_are_counted() -> None:
    one = incident(user=user("Ada Lovelace"))
    assert check(PersonCondition("Ada Lovelace"), one).holds
    assert notes(PersonCondition("Ada Lovelace"), one) == [
        "where.person: someone who fits may have more parts in 1 of these incidents, because "
        "Rootly's answer does not say who all their people are."
    ]


def test_an_id_is_compared_with_ids_only() -> None:
    assert check(PersonCondition("7"), declared_by("Ada Lovelace")).holds
    assert not check(PersonCondition("7"), declared_by("Robot 7", "8")).holds
    by_id = incident(roles=[{"id": "r1", "attributes": {"user": None, "user_id": 7}}])
    assert check(PersonCondition("7"), by_id).holds
    assert notes(PersonCondition("7"), declared_by("Ada Lovelace")) == [
        "where.person: 7 is Ada Lovelace."
    ]
    assert notes(PersonCondition("7"), by_id) == ["where.person: 7 is not named by Rootly."]


def test_an_id_gets_the_name_that_it_has_elsewhere_in_the_incident() -> None:
    roles = [{"id": "r1", "attributes": {"incident_role": {"name": "Lead"}, "user_id": "7"}}]
    one = incident(roles=roles, user=user("Ada Lovelace"))
    assert check(PersonCondition("Ada"), one).cells == (("person", ["user", "Lead"]),)


def test_a_note_names_the_person_who_fits_part_of_a_name() -> None:
    assert notes(PersonCondition("ada"), declared_by("Ada Lovelace")) == [
        "where.person: ada is Ada Lovelace."
    ]
    assert notes(PersonCondition("ada LOVELACE"), declared_by("Ada Lovelace")) == []


def test_a_note_names_all_who_fit_and_tells_namesakes_apart() -> None:
    people = [("Ada Lovelace", "1"), ("Ada Lovelace", "2"), ("Ada Byron", "3")]
    incidents = [declared_by(name, id_) for name, id_ in people]
    assert notes(PersonCondition("Ada"), *incidents) == [
        "where.person: Ada fits several people: Ada Lovelace (id 1), Ada Lovelace (id 2), "
        "Ada Byron. Give more of the name, or an id."
    ]


def test_someone_without_a_name_or_an_id_in_some_incidents_is_one_person() -> None:
    ada = declared_by("Ada Lovelace")
    by_id = incident(roles=[{"id": "r1", "attributes": {"user": None, "user_id": 7}}])
    by_name = incident(NOBODY, user="Ada Lovelace")
    renamed = declared_by("Ada King")
    assert notes(PersonCondition("7"), by_id, ada, renamed) == ["where.person: 7 is Ada Lovelace."]
    assert notes(PersonCondition("Ada"), by_name, ada) == ["where.person: Ada is Ada Lovelace."]


def test_only_a_few_of_many_who_fit_are_named() -> None:
    incidents = [declared_by(f"Ada {letter}", letter) for letter in "abcdefgh"]
    [note] = notes(PersonCondition("Ada"), *incidents)
    assert "Ada a, Ada b, Ada c, Ada d, Ada e and 3 more." in note


@pytest.mark.parametrize(
    ("text", "similar"),
    [
        ("Mueller", "Anna Müller"),
        ("Jon Smith", "John Smith"),
        ("Lovel", "Ada Lovelace"),
        ("A. Lovelace", "Ada Lovelace"),
        ("Ada Lui", "Ada Liu"),
        ("太郎", "山田太郎"),
    ],
)
def test_where_nobody_fits_similar_names_are_offered(text: str, similar: str) -> None:
    remarks = notes(PersonCondition(text), declared_by(similar), declared_by("Grace Hopper", "8"))
    assert remarks == [f"where.person: {text} {IN_NONE} Similar names: {similar}."]


def test_no_name_is_offered_that_is_not_similar() -> None:
    remarks = notes(PersonCondition("Ada"), declared_by("Grace Hopper"))
    assert remarks == [f"where.person: Ada {IN_NONE}"]


def test_no_address_is_ever_in_a_note_or_a_cell() -> None:
    address = "ada@example.com"
    people = [
        incident(NOBODY, user={"data": {"id": "7", "attributes": {"full_name": address}}}),
        incident(NOBODY, user=address, resolved_by={"email": address, "name": "Ada Lovelace"}),
    ]
    for text in ("ada", "example", "7", "ada example com"):
        assert address not in repr([check(PersonCondition(text), one) for one in people])
        assert address not in repr(notes(PersonCondition(text), *people))
