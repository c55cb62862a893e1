"""Questions about who led an incident, and who had to do with it."""

from collections.abc import Sequence

from evals import truth
from evals.live import LIVE
from evals.question import (
    NUMBERS,
    Answer,
    Question,
    all_of,
    column,
    facts,
    incidents,
    pairs,
    rows,
    total,
)
from sandbox.store import Store

_BY = (
    "'user', 'in_triage_by', 'started_by', 'mitigated_by', 'resolved_by', 'closed_by',"
    " 'cancelled_by'"
)
"""The relations to someone who did something with an incident."""
_ROLE = "json_extract(attributes, '$.incident_role.data.attributes.name')"
_SINCE_NOVEMBER = {"created_at": {"gte": "2026-11-01"}}
_IMPORTANT_SINCE_JULY = f"created_at >= '2026-07-01' AND {truth.having('severity', 'sev0', 'sev1')}"
_IN_NOVEMBER = "created_at >= '2026-11-01'"


def _person(name: str) -> str:
    """An expression: this attribute of the person in a role, or of the person who did something."""
    in_role, alone = f"$.user.data.attributes.{name}", f"$.{name}"
    return (
        f"CASE WHEN relation = 'roles' THEN json_extract(attributes, '{in_role}')"
        f" WHEN relation IN ({_BY}) THEN json_extract(attributes, '{alone}') END"
    )


def involving(pattern: str, name: str = "full_name") -> str:
    """A condition: the incident has a person whose attribute is like *pattern*."""
    return (
        "sequential_id IN (SELECT sequential_id FROM links JOIN resources USING (key)"
        f" WHERE {_person(name)} LIKE '{pattern}')"
    )


def _led_by(full_name: str) -> str:
    return (
        "sequential_id IN (SELECT sequential_id FROM links JOIN resources USING (key)"
        f" WHERE relation = 'roles' AND {_ROLE} = 'Commander'"
        f" AND {_person('full_name')} = '{full_name}')"
    )


def _led(answers: Sequence[Answer]) -> list[int]:
    """The incidents of the last answer in which the person who was asked for is the commander."""
    return [row["sequential_id"] for row in rows(answers[-1]) if "Commander" in row["person"]]


LED = (
    Question(
        "Which incidents has Priya Raman led this month?",
        [
            incidents(
                where={"person": "Priya Raman"},
                **_SINCE_NOVEMBER,
                **NUMBERS,
            )
        ],
        _led,
        lambda store: truth.numbers(store, f"{_IN_NOVEMBER} AND {_led_by('Priya Raman')}"),
        all_of({**_SINCE_NOVEMBER, "include": "roles"}),
    ),
    Question(
        "Which sev1s has kwame mensah led since September?",
        [
            incidents(
                where={"person": "kwame mensah"},
                severity="sev1",
                created_at={"gte": "2026-09-01"},
                **NUMBERS,
            )
        ],
        _led,
        lambda store: truth.numbers(
            store,
            f"created_at >= '2026-09-01' AND {truth.having('severity', 'sev1')}"
            f" AND {_led_by('Kwame Mensah')}",
        ),
        all_of({"severity": "sev1", "created_at": {"gte": "2026-09-01"}, "include": "roles"}),
    ),
    Question(
        "Has Chloe Lefevre led any checkout incident since August?",
        [
            incidents(
                where={"person": "Chloe Lefevre"},
                services=["checkout-api", "checkout-web"],
                created_at={"gte": "2026-08-01"},
                **NUMBERS,
            )
        ],
        _led,
        lambda store: truth.numbers(
            store,
            "created_at >= '2026-08-01'"
            f" AND {truth.having('services', 'checkout-api', 'checkout-web')}"
            f" AND {_led_by('Chloé Lefèvre')}",
        ),
        all_of(
            {
                "services": ["checkout-api", "checkout-web"],
                "created_at": {"gte": "2026-08-01"},
                "include": "roles",
            }
        ),
    ),
)


def _named_people(answers: Sequence[Answer]) -> set[str]:
    """The people whom a note of the last answer names as those who fit."""
    [note] = [note for note in answers[-1]["notes"] if note.startswith("where.person")]
    return {name for name in ("Grace Liu", "Grace Okafor") if name in note}


def _true_people(store: Store, pattern: str, where: str) -> set[str]:
    names = store.values(
        f"SELECT DISTINCT {_person('full_name')} FROM incidents JOIN links USING (sequential_id)"
        f" JOIN resources USING (key) WHERE {_person('full_name')} LIKE '{pattern}' AND {where}"
    )
    return {*names}


def _parts(answers: Sequence[Answer]) -> dict[int, set[str]]:
    """By incident, what the person did in it: roles, and attributes such as `resolved_by`."""
    return {row["sequential_id"]: {*row["person"]} for row in rows(answers[-1])}


def _true_parts(store: Store, pattern: str, where: str = "1") -> dict[int, set[str]]:
    parts: dict[int, set[str]] = {}
    for number, part in store.rows(
        f"SELECT sequential_id, ifnull({_ROLE}, relation) FROM incidents"
        " JOIN links USING (sequential_id) JOIN resources USING (key)"
        f" WHERE {_person('full_name')} LIKE '{pattern}' AND {where}"
    ):
        parts.setdefault(number, set()).add(part.strip())
    return parts


INVOLVED = (
    Question(
        "What is Priya Raman involved in at the moment?",
        [
            incidents(
                where={"person": "Priya Raman"},
                status=LIVE,
                fields=["sequential_id", "title", "status"],
                view="table",
            )
        ],
        facts("title", "status"),
        lambda store: truth.by_number(
            store, "title, status", f"{truth.LIVE} AND {involving('Priya Raman')}"
        ),
        all_of({"status": LIVE, "view": "full", "include": "roles"}),
    ),
    Question(
        "How many incidents has Tomás had to do with this month?",
        [
            incidents(
                where={"person": "Tomás"}, **_SINCE_NOVEMBER, page_size=1, fields=["sequential_id"]
            )
        ],
        total,
        lambda store: truth.count(store, f"{_IN_NOVEMBER} AND {involving('Tomás %')}"),
        all_of({**_SINCE_NOVEMBER, "view": "full", "include": "roles"}),
    ),
    Question(
        "Which incidents of the last week has user 109673 had a hand in?",
        [
            incidents(
                where={"person": "109673"},
                created_at={"gte": "-7d"},
                **NUMBERS,
            )
        ],
        column("sequential_id"),
        lambda store: truth.numbers(
            store, f"created_at >= '2026-11-15T02:00:00.000Z' AND {involving('109673', 'id')}"
        ),
        all_of({"created_at": {"gte": "-7d"}, "view": "full", "include": "roles"}),
    ),
    Question(
        "Which incidents of the payments team has Amara Okafor worked on since October, and who"
        " resolved them?",
        [
            incidents(
                where={"person": "Amara Okafor"},
                teams="payments",
                created_at={"gte": "2026-10-01"},
                fields=["sequential_id", "resolved_by"],
                view="table",
            )
        ],
        pairs("sequential_id", "resolved_by"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "(SELECT json_extract(attributes, '$.full_name') FROM links JOIN resources USING (key)"
            " WHERE links.sequential_id = incidents.sequential_id AND relation = 'resolved_by')",
            f"created_at >= '2026-10-01' AND {truth.having('groups', 'payments')}"
            f" AND {involving('Amara Okafor')}",
        ),
        all_of(
            {
                "teams": "payments",
                "created_at": {"gte": "2026-10-01"},
                "view": "full",
                "include": "roles",
            }
        ),
    ),
    Question(
        "Which people called Grace have had to do with sev0s and sev1s since July?",
        [
            incidents(
                where={"person": "Grace"},
                severity=["sev0", "sev1"],
                created_at={"gte": "2026-07-01"},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        lambda answers: (total(answers), _named_people(answers)),
        lambda store: (
            truth.count(store, f"{_IMPORTANT_SINCE_JULY} AND {involving('Grace %')}"),
            _true_people(store, "Grace %", _IMPORTANT_SINCE_JULY),
        ),
        all_of(
            {
                "severity": ["sev0", "sev1"],
                "created_at": {"gte": "2026-07-01"},
                "view": "full",
                "include": "roles",
            }
        ),
    ),
    Question(
        "What has Siobhan O'Neill-Ruiz done so far?",
        [incidents(where={"person": "Siobhan O'Neill-Ruiz"}, **NUMBERS)],
        _parts,
        lambda store: _true_parts(store, "Siobhán %"),
        all_of({"view": "full", "include": "roles"}),
    ),
    Question(
        "小林さんはどのインシデントに関わりましたか。",
        [incidents(where={"person": "小林"}, **NUMBERS)],
        _parts,
        lambda store: _true_parts(store, "小林 %"),
        all_of({"view": "full", "include": "roles"}),
    ),
)
