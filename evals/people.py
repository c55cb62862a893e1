"""Questions about who led an incident, and who had to do with it."""

from collections.abc import Sequence

from evals import truth
from evals.live import LIVE
from evals.question import Answer, Question, all_of, column, facts, incidents, pairs, rows, total

_BY = "'user', 'in_triage_by', 'started_by', 'mitigated_by', 'resolved_by', 'closed_by'"
_ROLE = "json_extract(attributes, '$.incident_role.data.attributes.name')"
_SINCE_NOVEMBER = {"created_at": {"gte": "2026-11-01"}}
_NUMBERS = {"fields": ["sequential_id"], "view": "table"}
_IN_NOVEMBER = "created_at >= '2026-11-01'"


def _person(name: str) -> str:
    """An expression: this attribute of the person in a role, or of the person who did something."""
    in_role, alone = f"$.user.data.attributes.{name}", f"$.{name}"
    return (
        f"CASE WHEN relation = 'roles' THEN json_extract(attributes, '{in_role}')"
        f" WHEN relation IN ({_BY}, 'cancelled_by') THEN json_extract(attributes, '{alone}') END"
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
                **_NUMBERS,
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
                **_NUMBERS,
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
                **_NUMBERS,
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
                **_NUMBERS,
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
)
