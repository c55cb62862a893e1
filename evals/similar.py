"""Questions whether something has happened before, for incidents with similar words.

Which incident is the most similar one is a matter of opinion. So these questions ask for what is
certain: the one earlier outage of the checkout, and the incidents that have all words of a
question. `benchmarks.similarity` counts how often the first incident is the right one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals import truth
from evals.depth import EARLIER
from evals.live import LIVE
from evals.people import involving
from evals.question import FULL, Answer, Question, Walk, all_of, incidents, is_number, pairs, rows
from evals.runs import during, lasted, minutes
from sandbox.store import Store

OUTAGE = 4821
"""The outage of the checkout that is live."""
LINK = "https://rootly.com/account/incidents/4821-checkout-5xx-in-us-east-1"
_EARLIER_OUTAGE = f"title LIKE 'Checkout 5xx%' AND sequential_id <> {OUTAGE}"
_OVER = {"status": ["resolved", "closed"]}
_IS_OVER = "status IN ('resolved', 'closed')"
_ALL = {"page_size": 100, "fields": ["sequential_id"]}

_TEXT = "' ' || lower(title || ' ' || ifnull(summary, '')) || ' '"
_FORMS = {
    "expiring": "expire expires expired expiring expiration expirations",
    "certificates": "certificate certificates certification certifications",
    "restarting": "restart restarts restarted restarting",
    "restarts": "restart restarts restarted restarting",
    "loops": "loop loops looped looping",
    "loop": "loop loops looped looping",
    "growing": "grow grows growing",
    "queues": "queue queues queued queuing queueing",
    "disk": "disk disks",
    "almost": "almost",
    "full": "full",
    "high": "high highs",
    "latency": "latency latencies",
    "duplicate": "duplicate duplicates duplicated duplicating duplication duplications",
    "events": "event events",
}
"""The words of the questions, and the forms in which incidents may have them."""


def _has_all(*words: str) -> str:
    """A condition: the title and the summary together have all of these words, in any form."""
    conditions = []
    for word in words:
        forms = _FORMS[word].split()
        globs = [f"{_TEXT} GLOB '*[^a-z0-9]{form}[^a-z0-9]*'" for form in forms]
        conditions.append(f"({' OR '.join(globs)})")
    return " AND ".join(conditions)


def _sharing(*words: str) -> Callable[[Sequence[Answer]], set[int]]:
    """Reads which incidents of the last answer share all of these words."""

    def read(answers: Sequence[Answer]) -> set[int]:
        numbers = set()
        for row in rows(answers[-1]):
            if {*words} <= {*row["shared_words"]}:
                numbers.add(row["sequential_id"])
        return numbers

    return read


def _best(answers: Sequence[Answer]) -> tuple[int, bool, Mapping[str, Any]]:
    """The first incident, whether the outage itself is in the answer, and what was covered."""
    numbers = [row["sequential_id"] for row in rows(answers[-1])]
    return numbers[0], OUTAGE in numbers, answers[-1]["covered"]


def _true_best(store: Store, where: str = "1") -> tuple[int, bool, Mapping[str, int]]:
    [earlier] = truth.numbers(store, _EARLIER_OUTAGE)
    read = truth.count(store, where)
    return earlier, False, {"incidents": read, "of": read}


def _helped(*words: str) -> Callable[[Sequence[Answer]], dict[int, Any]]:
    """Reads how the incidents that share all of these words were resolved."""
    sharing, messages = _sharing(*words), pairs("sequential_id", "resolution_message")

    def read(answers: Sequence[Answer]) -> dict[int, Any]:
        numbers = sharing(answers)
        return {number: text for number, text in messages(answers).items() if number in numbers}

    return read


def _by_paging(**filters: Any) -> list[Walk]:
    """The incident itself, and then the summaries of all that match."""
    return [Walk(incidents(), is_number(OUTAGE)), *all_of({**filters, **FULL})]


BY_NUMBER = (
    Question(
        f"Has something like {OUTAGE} happened before?",
        [incidents(similar_to=str(OUTAGE))],
        _best,
        _true_best,
        _by_paging(),
    ),
    Question(
        f"Have we had {LINK} before, among what is over? Only the best three.",
        [incidents(similar_to=LINK, **_OVER, page_size=3, fields=["sequential_id", "title"])],
        _best,
        lambda store: _true_best(store, _IS_OVER),
        _by_paging(**_OVER),
    ),
    Question(
        f"Which incident was meant by INC-{OUTAGE}, and what is the most similar one called?",
        [incidents(similar_to=f"INC-{OUTAGE}", page_size=1, fields=["title"])],
        lambda answers: (answers[0]["similar_to"], rows(answers[0])[0]["title"]),
        lambda store: (
            truth.named(store, OUTAGE, "sequential_id, title"),
            *truth.column(store, "title", _EARLIER_OUTAGE),
        ),
        _by_paging(),
    ),
)

BY_WORDS = (
    Question(
        "Have certificates been expiring before?",
        [incidents(similar_to="expiring certificates", **_ALL)],
        _sharing("expiring", "certificates"),
        lambda store: {*truth.numbers(store, _has_all("expiring", "certificates"))},
        all_of(FULL),
    ),
    Question(
        "Which incidents were about a service that keeps restarting in loops?",
        [incidents(similar_to="it keeps restarting in loops", **_ALL)],
        _sharing("restarting", "loops"),
        lambda store: {*truth.numbers(store, _has_all("restarting", "loops"))},
        all_of(FULL),
    ),
    Question(
        "Do the ten most similar incidents all have the words of restarts in a loop?",
        [incidents(similar_to="restarts in a loop")],
        lambda answers: (len(rows(answers[0])), len(_sharing("restarts", "loop")(answers))),
        lambda store: (10, min(10, truth.count(store, _has_all("restarts", "loop")))),
        all_of(FULL),
    ),
    Question(
        "過去に「決済APIの遅延」はありましたか。",
        [incidents(similar_to="決済APIの遅延", page_size=3, fields=["sequential_id"])],
        lambda answers: {row["sequential_id"] for row in rows(answers[0])},
        lambda store: {*truth.numbers(store, "title LIKE '決済APIの遅延%'")},
        all_of({}),
    ),
)

HELPED = (
    Question(
        f"What helped the last time that something like {OUTAGE} happened?",
        [
            incidents(
                similar_to=str(OUTAGE), page_size=1, fields=["sequential_id", "resolution_message"]
            )
        ],
        pairs("sequential_id", "resolution_message"),
        lambda store: truth.pairs(store, "sequential_id", "resolution_message", _EARLIER_OUTAGE),
        _by_paging(),
    ),
    Question(
        "Checkout 5xx after a rollout of payments-gateway: how long did it take the last time?",
        [
            incidents(
                similar_to="Checkout 5xx after a rollout of payments-gateway",
                **_OVER,
                page_size=1,
                fields=["sequential_id", "minutes"],
            )
        ],
        pairs("sequential_id", "minutes"),
        lambda store: minutes(store, _EARLIER_OUTAGE),
        all_of({**_OVER, **FULL}),
    ),
    Question(
        "How were the restarts in a loop since September stopped?",
        [
            incidents(
                similar_to="restarts in a loop",
                **_OVER,
                created_at={"gte": "2026-09-01"},
                fields=["sequential_id", "resolution_message"],
            )
        ],
        _helped("restarts", "loop"),
        lambda store: truth.pairs(
            store,
            "sequential_id",
            "resolution_message",
            f"{_IS_OVER} AND created_at >= '2026-09-01' AND {_has_all('restarts', 'loop')}",
        ),
        all_of({**_OVER, "created_at": {"gte": "2026-09-01"}, **FULL}),
    ),
)

IN_ONE_PLACE = (
    Question(
        f"Has payments-gateway had something like {OUTAGE} before?",
        [
            incidents(
                similar_to=str(OUTAGE),
                services="payments-gateway",
                page_size=3,
                fields=["sequential_id"],
            )
        ],
        _best,
        lambda store: _true_best(store, truth.having("services", "payments-gateway")),
        _by_paging(services="payments-gateway"),
    ),
    Question(
        "When has the payments team had growing queues?",
        [incidents(similar_to="growing queues", teams="payments", **_ALL)],
        _sharing("growing", "queues"),
        lambda store: {
            *truth.numbers(
                store, f"{truth.having('groups', 'payments')} AND {_has_all('growing', 'queues')}"
            )
        },
        all_of({"teams": "payments", **FULL}),
    ),
    Question(
        "Which sev2s and sev3s of production were about a disk that was almost full?",
        [
            incidents(
                similar_to="disk almost full",
                severity=["sev2", "sev3"],
                environments="production",
                **_ALL,
            )
        ],
        _sharing("disk", "almost", "full"),
        lambda store: {
            *truth.numbers(
                store,
                f"{truth.having('severity', 'sev2', 'sev3')}"
                f" AND {truth.having('environments', 'production')}"
                f" AND {_has_all('disk', 'almost', 'full')}",
            )
        },
        all_of({"severity": ["sev2", "sev3"], "environments": "production", **FULL}),
    ),
)

AMONG_OTHERS = (
    Question(
        f"Is anything like {EARLIER} going on now?",
        [
            incidents(
                similar_to=str(EARLIER),
                active_during={"gte": "now"},
                page_size=1,
                fields=["sequential_id"],
            )
        ],
        lambda answers: [row["sequential_id"] for row in rows(answers[0])],
        lambda store: truth.numbers(
            store, f"title LIKE 'Checkout 5xx%' AND {during('2026-11-22T02:00:00.000Z')}"
        ),
        all_of({"status": LIVE, **FULL}),
    ),
    Question(
        "Which incidents with high latency lasted longer than two hours?",
        [incidents(similar_to="high latency", where={"lasted": {"gt": "2h"}}, **_ALL)],
        _sharing("high", "latency"),
        lambda store: {
            *truth.numbers(store, f"{_has_all('high', 'latency')} AND {lasted('>', 2)}")
        },
        all_of(FULL),
    ),
    Question(
        "Has Priya Raman worked on duplicate events before?",
        [incidents(similar_to="duplicate events", where={"person": "Priya Raman"}, **_ALL)],
        _sharing("duplicate", "events"),
        lambda store: {
            *truth.numbers(
                store, f"{_has_all('duplicate', 'events')} AND {involving('Priya Raman')}"
            )
        },
        all_of({**FULL, "include": "roles"}),
    ),
)
