"""The list of prompts. Each names at most three calls."""

from collections.abc import Callable

from server.prompts.prompt import Argument, Call, Prompt, Step
from tools.rootly.vocabulary import LIVE

_NO_TESTS = {"kind": ["test", "test_sub", "example", "example_sub"]}
_INSTANTS = ("-8h", "-12h", "-24h", "-7d")
_PERIODS = ("-7d", "-30d", "-90d")


def _list_for(parameter: str) -> Callable[[str], Call]:
    """Makes a list argument of the tool from a text with commas."""
    return lambda text: {parameter: [value.strip() for value in text.split(",")]}


def _active_since(text: str) -> Call:
    # Without an upper bound, maintenance that is planned for later would be in the answer.
    return {"active_during": {"gte": text, "lte": "now"}}


def _started_within(text: str) -> Call:
    """From a time until now, or from one time to another: `2026-10-01/2026-10-31`."""
    begin, _, end = text.partition("/")
    bounds = {"gte": begin.strip()}
    if end:
        bounds["lte"] = end.strip()
    return {"started_at": bounds}


_SERVICE = Argument(
    "service",
    "Slug, such as checkout-api; several with commas",
    _list_for("services"),
    completed_by="services",
)
_TEAM = Argument("team", "Slug; several with commas", _list_for("teams"), completed_by="teams")
_SEVERITY = Argument(
    "severity",
    "Slug, such as sev1; several with commas",
    _list_for("severity"),
    completed_by="severity",
)

PROMPTS = (
    Prompt(
        name="triage",
        title="What is on fire?",
        description="What is live, the worst first, and whether the worst has happened before",
        arguments=(_SERVICE, _TEAM, _SEVERITY),
        steps=(
            Step(
                "What is live:",
                {
                    "status": [*LIVE],
                    "exclude": _NO_TESTS,
                    "fields": ["sequential_id", "title", "severity", "status", "started_at", "url"],
                    "view": "table",
                },
                ("service", "team", "severity"),
            ),
            Step(
                "Who does what in the most severe one, and its timeline. Put its sequential_id in"
                " the place of NUMBER:",
                {"sequential_id": ["NUMBER"], "include": ["roles", "events"]},
            ),
            Step(
                "Whether something like it happened before, and what helped:",
                {"similar_to": "NUMBER", "page_size": 3},
            ),
        ),
        report=(
            "Answer with one line for each live incident, the most severe and then the oldest"
            " first: number, title, severity, status, its age (from started_at to as_of), url."
            " Then say of the most severe one who leads it, what happened last, and what helped in"
            " a similar one. An empty list means that nothing is live for these filters."
        ),
    ),
    Prompt(
        name="before",
        title="Has this happened before?",
        description="Earlier incidents in similar words, what resolved them, how long they took",
        arguments=(
            Argument(
                "incident",
                "A number, a link, or words such as checkout-5xx-errors",
                lambda text: {"similar_to": text},
                is_required=True,
            ),
        ),
        steps=(
            Step("Incidents in similar words:", {}, ("incident",)),
            Step(
                "If it is needed, more of the two or three that fit best. Put their sequential_id"
                " in the place of NUMBER:",
                {
                    "sequential_id": ["NUMBER"],
                    "fields": [
                        "sequential_id",
                        "title",
                        "summary",
                        "mitigation_message",
                        "resolution_message",
                        "minutes",
                    ],
                },
            ),
        ),
        report=(
            "Answer whether it happened before, in which incidents (number, title, date, url),"
            " what resolved them and how long that took. Judge by the texts whether they fit:"
            " similar_to compares words and knows no causes. Say so if none fits, or if none says"
            " how it was resolved."
        ),
    ),
    Prompt(
        name="handover",
        title="Handover of a shift",
        description="What was going on during a shift, what is still live, what is overdue",
        arguments=(
            Argument(
                "since",
                "When the shift began: -8h (default), or 2026-11-21T08:00:00Z",
                _active_since,
                examples=_INSTANTS,
            ),
            _TEAM,
        ),
        steps=(
            Step(
                "What was going on in the shift:",
                {
                    **_active_since("-8h"),
                    "exclude": _NO_TESTS,
                    "fields": [
                        "sequential_id",
                        "title",
                        "severity",
                        "status",
                        "started_at",
                        "resolved_at",
                        "url",
                    ],
                    "view": "table",
                },
                ("since", "team"),
            ),
            Step(
                "Who does what in those whose status is live"
                f" ({', '.join(LIVE)}). Put their sequential_id in the place of NUMBER:",
                {
                    "sequential_id": ["NUMBER"],
                    "fields": ["sequential_id", "summary"],
                    "include": ["roles"],
                },
            ),
            Step(
                "Incidents with overdue action items:",
                {
                    "where": {"action_items": "overdue"},
                    "fields": ["sequential_id", "title", "url"],
                    "view": "table",
                    "page_size": 10,
                },
                ("team",),
            ),
        ),
        report=(
            "Answer in three parts: still live (number, title, severity, age, who leads it, what"
            " is known), ended in the shift (number, title, when it was resolved), overdue"
            " (number, title, url). Leave nothing out that is live."
        ),
    ),
    Prompt(
        name="review",
        title="Review of a period",
        description="Counts, durations and the longest incidents of a period",
        arguments=(
            Argument(
                "period",
                "From when: -30d (default), 2026-11-01, or 2026-10-01/2026-10-31",
                _started_within,
                examples=_PERIODS,
            ),
            _SERVICE,
            _TEAM,
        ),
        steps=(
            Step(
                "How many, and how long, by severity:",
                {**_started_within("-30d"), "exclude": _NO_TESTS, "group_by": ["severity"]},
                ("period", "service", "team"),
            ),
            Step(
                "Which services were hit most:",
                {**_started_within("-30d"), "exclude": _NO_TESTS, "group_by": ["services"]},
                ("period", "service", "team"),
            ),
            Step(
                "Those that lasted long:",
                {
                    **_started_within("-30d"),
                    "exclude": _NO_TESTS,
                    "where": {"lasted": {"gte": "4h"}},
                    "fields": ["sequential_id", "title", "severity", "minutes", "url"],
                    "view": "table",
                },
                ("period", "service", "team"),
            ),
        ),
        report=(
            "Answer with the counts and the minutes by severity (p50, p90), the services that were"
            " hit most, and the incidents that lasted longest with their numbers. Count with these"
            " figures only, never by counting rows. An incident that hit several services counts"
            " for each of them."
        ),
    ),
)

BY_NAME = {prompt.name: prompt for prompt in PROMPTS}

COMPLETION_SCHEMA = {
    "properties": {
        "prompt": {"enum": [*BY_NAME]},
        "argument": {"enum": [one.name for prompt in PROMPTS for one in prompt.arguments]},
        "value": {"type": "string"},
    }
}
"""The schema of a completion in the audit log, which shows values of an enum only."""


def listing() -> list[dict[str, object]]:
    """The prompts as `prompts/list` answers them."""
    return [
        {
            "name": prompt.name,
            "title": prompt.title,
            "description": prompt.description,
            "arguments": [_describe(argument) for argument in prompt.arguments],
        }
        for prompt in PROMPTS
    ]


def _describe(argument: Argument) -> dict[str, object]:
    return {
        "name": argument.name,
        "description": argument.description,
        "required": argument.is_required,
    }
