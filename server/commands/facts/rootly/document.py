"""The form of the first page: its attributes, its times, its `meta`."""

from collections.abc import Iterable, Mapping

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import Account
from server.commands.facts.rootly.incident import LISTS, TIME, Incident

# One attribute of each of several integrations. Hardly any organisation has connected them all.
_INTEGRATIONS = (
    "zoom_meeting_id",
    "asana_task_id",
    "quip_page_id",
    "datadog_notebook_id",
    "jira_issue_id",
)
_RESOLUTIONS = {0: "s", 3: "ms", 6: "us"}
_ZONES = ("-08:00", "Z", "+05:30")
# Names that many organisations give their severities.
_USUAL_SEVERITIES = "sev0,sev1,sev2,sev3,sev4,sev5,critical,high,medium,low"


async def meta(account: Account) -> Iterable[Fact]:
    if "meta" in account.body:
        return [Fact("meta", "full", "the list has meta")]
    return [Fact("meta", "none", "the list has no meta")]


async def shape(account: Account) -> Iterable[Fact]:
    attributes = set[str]().union(*(incident.attributes for incident in account.incidents))
    if not attributes.isdisjoint(LISTS):
        return [Fact("shape", "nested", "services and so on are in attributes")]
    if _has_own_relationships(account.incidents):
        return [Fact("shape", "references", "services and so on are only in relationships")]
    raise NotSeen("services and so on are neither in attributes nor in relationships")


def _has_own_relationships(incidents: Iterable[Incident]) -> bool:
    """Whether there are relationships that are not only there because they were included.

    `attachments` cannot be included. A relation that was included may be only a link there, and
    would have its data in `attributes` otherwise.
    """
    for incident in incidents:
        if "attachments" in incident.relationships:
            return True
        for name in LISTS:
            if "data" in incident.relationships.get(name, ()):
                return True
    return False


async def attributes(account: Account) -> Iterable[Fact]:
    for incident in account.incidents:
        for name in _INTEGRATIONS:
            if name not in incident.attributes:
                reason = "an integration without a value is absent"
                return [Fact("attributes", "recorded", reason)]
            if incident.attributes[name] is None:
                return [Fact("attributes", "all", "an integration without a value is null")]
    raise NotSeen("every incident has values of all integrations")


async def times(account: Account) -> Iterable[Fact]:
    texts = [str(incident.attributes.get("created_at")) for incident in account.incidents]
    matches = [TIME.fullmatch(text) for text in texts]
    resolutions, offsets = set[str](), set[str]()
    for match in filter(None, matches):
        resolution = _RESOLUTIONS.get(len(match["fraction"] or ""), "another")
        if match["seconds"] is None:
            resolution = "minute"
        resolutions.add(resolution)
        offsets.add(match["offset"])
    return [*_resolution(resolutions), *_offset(offsets)]


def _resolution(resolutions: set[str]) -> Iterable[Fact]:
    if len(resolutions) != 1 or "another" in resolutions:
        return [Fact("shown", None, "created_at has another form, or several")]
    return [Fact("shown", resolutions.pop(), "the form of created_at")]


def _offset(offsets: set[str]) -> Iterable[Fact]:
    if len(offsets) == 1 and not offsets.isdisjoint(_ZONES):
        return [Fact("zone", offsets.pop(), "the offset of created_at")]
    # The expression for times lets only digits through.
    names = " and ".join(sorted(offsets)) or "no known offset"
    return [Fact("zone", None, f"the sandbox does not have what is there: {names}")]


async def labels(account: Account) -> Iterable[Fact]:
    values = [one.attributes["labels"] for one in account.incidents if "labels" in one.attributes]
    if any(isinstance(value, dict) for value in values):
        return [Fact("labels", "object", "labels are an object")]
    if any(isinstance(value, list) for value in values):
        return [Fact("labels", "pairs", "labels are a list")]
    if values:
        return [Fact("labels", "null", "labels are null everywhere")]
    raise NotSeen("no incident has the attribute labels")


async def severity(account: Account) -> Iterable[Fact]:
    incidents = account.incidents
    values = [one.attributes["severity"] for one in incidents if "severity" in one.attributes]
    if not values:
        return [Fact("severity", "absent", "no incident has the attribute severity")]
    for value in values:
        form = _severity_form(value)
        if form:
            return [Fact("severity", form, "the attribute severity")]
    if await _is_hidden(account):
        return [Fact("severity", "null", "null where a filter finds a severity")]
    raise NotSeen("no incident has a severity")


def _severity_form(value: object) -> str | None:
    if isinstance(value, str):
        return "string"
    if not isinstance(value, Mapping):
        return None
    return "nested" if "data" in value else "flat"


async def _is_hidden(account: Account) -> bool:
    """Whether some incidents of the first page, but not all, have one of the usual severities."""
    ids = set(await account.ids({"filter[severity]": _USUAL_SEVERITIES}))
    matches = [incident for incident in account.incidents if incident.id in ids]
    return 0 < len(matches) < len(account.incidents)
