"""What is known of the Rootly account so far. The probes share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.commands.facts.client import Answer, Client
from server.commands.facts.fact import NotSeen
from server.commands.facts.rootly.incident import Incident, incidents_of
from tools.json_values import as_mapping, mappings

INCIDENTS = "/v1/incidents"
RELATIONS = (
    "sub_statuses",
    "causes",
    "subscribers",
    "roles",
    "slack_messages",
    "environments",
    "incident_types",
    "services",
    "functionalities",
    "groups",
    "events",
    "action_items",
    "custom_field_selections",
    "feedbacks",
    "incident_post_mortem",
    "alerts",
)
"""All documented values of `include`."""
PAGE_SIZE = 100
_SMALL_PAGE_SIZE = 25
SPARSE = {"fields[incidents]": "sequential_id"}


@dataclass(frozen=True)
class Count:
    """How many incidents matched, and the `total_count` of the answer. None: it had none."""

    length: int
    total_count: object


@dataclass
class Account:
    """The account of one key.

    * `first`: the answer to the first page of the list, with everything included.
    * `dial_values`: the values of dials that were seen, for later probes.
    * `effective`, `ignored`: the filters and operators that were seen to work, or not to.
    * `counts`: lists whose true length is known.
    """

    client: Client
    first: Answer | None = None
    reason: str = "there was no first page"
    dial_values: dict[str, str] = field(default_factory=dict[str, str])
    effective: set[str] = field(default_factory=set[str])
    ignored: set[str] = field(default_factory=set[str])
    counts: list[Count] = field(default_factory=list[Count])
    is_complete: bool = False
    """Whether `incidents` are all incidents of the account."""
    _incidents: list[Incident] | None = None

    async def read_first_page(self) -> None:
        """Ask for the first page, and for a smaller one if that fails: a full page is long.

        The last failure is kept as the reason for `answer`.
        """
        for size in (PAGE_SIZE, _SMALL_PAGE_SIZE):
            params = {"page[number]": "1", "page[size]": str(size)}
            try:
                self.first = await self.ask({**params, "include": ",".join(RELATIONS)})
                if self.first.status == 400:
                    self.first = await self.ask(params)
                return
            except NotSeen as not_seen:
                self.reason = str(not_seen)

    @property
    def answer(self) -> Answer:
        """The answer to the first page, which may be a refusal.

        Raises:
            NotSeen: there was none.
        """
        if self.first is None:
            raise NotSeen(self.reason)
        return self.first

    @property
    def body(self) -> Mapping[str, Any]:
        """The first page.

        Raises:
            NotSeen: Rootly refused it.
        """
        if self.answer.status != 200:
            raise NotSeen(f"Rootly answers the list of incidents with {self.answer.status}")
        return self.answer.body

    @property
    def incidents(self) -> Sequence[Incident]:
        """The incidents of the first page.

        Raises:
            NotSeen: there are none.
        """
        if self._incidents is None:
            self._incidents = incidents_of(self.body)
        if not self._incidents:
            raise NotSeen("the first page has no incidents")
        return self._incidents

    def check_incidents(self) -> None:
        """Check that the first page has incidents, with which answers can be compared.

        Raises:
            NotSeen: it has none.
        """
        _ = self.incidents

    async def ask(self, params: Mapping[str, str]) -> Answer:
        return await self.client.get(INCIDENTS, params)

    async def ask_for_rows(self, params: Mapping[str, str]) -> Answer:
        """Ask for a page of incidents.

        Raises:
            NotSeen: it was refused.
        """
        answer = await self.ask(params)
        if answer.status != 200:
            raise NotSeen(f"Rootly refuses the question with {answer.status}")
        return answer

    async def ids(self, filters: Mapping[str, str]) -> list[str]:
        """The ids of the newest incidents that match the filters, at most `PAGE_SIZE`.

        Raises:
            NotSeen: Rootly refused the question.
        """
        params = {**SPARSE, "page[number]": "1", "page[size]": str(PAGE_SIZE), **filters}
        return ids_of(await self.ask_for_rows(params))


def ids_of(answer: Answer) -> list[str]:
    return [str(row.get("id")) for row in mappings(answer.body.get("data"))]


def meta_of(answer: Answer) -> Mapping[str, Any]:
    return as_mapping(answer.body.get("meta"))
