"""Questions that cannot be answered, because Rootly's list of incidents does not have the facts.

No argument, field, group or condition may look as if it did. Otherwise a model would use it, and
tell its user something that nobody knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLACES: Sequence[Callable[[str], Mapping[str, Any]]] = (
    lambda name: {name: "yes"},
    lambda name: {"where": {name: "yes"}},
    lambda name: {"fields": [name]},
    lambda name: {"group_by": [name]},
    lambda name: {"include": [name]},
    lambda name: {"sort": [name]},
    lambda name: {"exclude": {name: "yes"}},
)
"""The arguments of a call, for each place where a model may put a name that it invents."""


@dataclass(frozen=True)
class Unanswerable:
    """A question without an answer.

    * `lacking`: what would be needed to answer it.
    * `invented`: names that a model may try.
    * `words`: parts of names. A name with one of them would claim to answer the question.
    """

    text: str
    lacking: str
    invented: Sequence[str]
    words: Sequence[str]


QUESTIONS = (
    Unanswerable(
        "Which customers were affected by 4821?",
        "Incidents at Rootly have services and functionalities, and no customers.",
        ("customers", "affected_customers", "customer_impact"),
        ("customer", "affected", "impact"),
    ),
    Unanswerable(
        "Which incidents were reopened last month?",
        "Rootly has the last time of each status, and no history of statuses.",
        ("reopened", "reopened_at", "reopen_count"),
        ("reopen", "history"),
    ),
    Unanswerable(
        "What will break next?",
        "Incidents are about what has already happened.",
        ("prediction", "risk", "forecast"),
        ("predict", "risk", "forecast", "likel"),
    ),
    Unanswerable(
        "Who is on call for payments tonight?",
        "Schedules are not part of incidents.",
        ("on_call", "oncall", "escalation_policy"),
        ("on_call", "oncall", "escalation", "rota"),
    ),
    Unanswerable(
        "Which incidents have the same root cause as 4821?",
        "Words are compared, and causes are only known where people have named them.",
        ("root_cause_of", "same_root_cause", "similarity_score"),
        ("root_cause", "same", "similarity", "score", "percent", "confidence"),
    ),
    Unanswerable(
        "What did the outage of 16 October cost us?",
        "Incidents at Rootly have no money.",
        ("revenue_lost", "cost", "sla_credits"),
        ("revenue", "cost", "credit"),
    ),
    Unanswerable(
        "Which deploy caused 4821?",
        "Deploys are not part of incidents. Only what overlapped the time of one is known.",
        ("caused_by_deploy", "commit", "release"),
        ("deploy", "commit", "release"),
    ),
    Unanswerable(
        "What is the error rate of checkout-api right now?",
        "Measurements are in the monitoring, and not in incidents.",
        ("error_rate", "metric", "latency"),
        ("error_rate", "metric", "latency"),
    ),
)
