"""The arguments of list_incidents, and how they become a question for Rootly."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from tools.arguments import UNLISTED, Arguments, Number, Problem, Word, Words
from tools.rootly import ROOTLY
from tools.rootly.argument_synonyms import SYNONYMS
from tools.rootly.argument_types import (
    DEFAULT_PAGE_SIZE,
    LIVE_STATUSES_TEXT,
    MOST_SIMILAR,
    SORT_KEYS_TEXT,
    After,
    FieldNames,
    GroupBy,
    Includes,
    Kinds,
    PageSize,
    Sorts,
    Statuses,
    ViewName,
)
from tools.rootly.conditions.active_during import ActiveDuring
from tools.rootly.conditions.where import Where
from tools.rootly.contradictions import LIST_ARGUMENTS
from tools.rootly.contradictions import contradictions as find_contradictions
from tools.rootly.exclude import Exclude
from tools.rootly.fields import COMPACT, FULL
from tools.rootly.fingerprint import fingerprint
from tools.rootly.incident import View
from tools.rootly.incident_number import IncidentNumber, IncidentNumbers
from tools.rootly.list_request import ListRequest
from tools.rootly.question import Question
from tools.rootly.similarity.query import SimilarTo
from tools.rootly.vocabulary import DEFAULT_SORT
from tools.times import Bounds, BriefTimeRange, Operator, TimeRange, stamp
from tools.validation import invalid

_MAX_REFERENCES = 3
"""The most references that a note lists."""


class ListIncidents(Arguments):
    """Rootly's query parameters under Rootly's names, and our own for the form of the answer.

    All parameters of Rootly's API reference are here. Of newer parameters, two kinds are left out:
    those that repeat others (`[eq]`, `[in]`, `[not_eq]`), and those for Zendesk. Arguments that
    agents rarely need are not listed in the schema: they hardly ever see an id. The description of
    the tool names them.
    """

    search: Word | None = Field(default=None, description="Words in title or summary")
    sequential_id: IncidentNumbers | None = Field(default=None, description="123, or its link")
    status: Statuses | None = Field(
        default=None, description=f"Live incidents: {LIVE_STATUSES_TEXT}"
    )
    kind: Kinds | None = Field(
        default=None, description="normal is a real incident, scheduled is maintenance"
    )
    private: bool | None = None
    user_id: Number | None = UNLISTED
    severity: Words | None = Field(default=None, description="E.g. sev1")
    types: Words | None = None
    environments: Words | None = Field(default=None, description="E.g. production")
    functionalities: Words | None = None
    services: Words | None = Field(default=None, description="E.g. checkout-api")
    teams: Words | None = None
    cause: Words | None = None
    labels: Words | None = None
    severity_id: Words | None = UNLISTED
    type_ids: Words | None = UNLISTED
    environment_ids: Words | None = UNLISTED
    functionality_ids: Words | None = UNLISTED
    service_ids: Words | None = UNLISTED
    team_ids: Words | None = UNLISTED
    cause_ids: Words | None = UNLISTED
    custom_field_selected_option_ids: Words | None = UNLISTED
    service_names: Words | None = Field(default=None, description="Display names, not slugs")
    team_names: Words | None = UNLISTED
    functionality_names: Words | None = UNLISTED
    slack_channel_id: Word | None = UNLISTED
    exclude: Exclude | None = Field(
        default=None, description="Leaves these out; takes every list filter"
    )
    created_at: BriefTimeRange | None = None
    updated_at: BriefTimeRange | None = None
    started_at: TimeRange | None = Field(default=None, description='E.g. {"gte":"-7d","lt":"now"}')
    detected_at: BriefTimeRange | None = None
    acknowledged_at: BriefTimeRange | None = UNLISTED
    mitigated_at: BriefTimeRange | None = None
    resolved_at: BriefTimeRange | None = None
    closed_at: BriefTimeRange | None = UNLISTED
    in_triage_at: BriefTimeRange | None = UNLISTED
    similar_to: SimilarTo | None = Field(
        default=None,
        description="Has this happened before, and what helped? An incident's number or link, or "
        "words. Ten that share the most words; it knows no causes",
    )
    active_during: ActiveDuring | None = Field(
        default=None, description="What was going on then (a shift, a deploy), whenever it began"
    )
    where: Where | None = Field(
        default=None, description="What Rootly cannot filter by. covered says how many were read"
    )
    group_by: GroupBy | None = Field(
        default=None,
        description="Counts instead of incidents, by one or two of these: how many, how many live, "
        "minutes to acknowledge (also from detection), mitigate, resolve (p50, p90). "
        "Never page to count",
    )
    sort: Sorts | None = Field(
        default=None,
        description=f"{SORT_KEYS_TEXT}; with - descending. Default {DEFAULT_SORT}: newest first",
    )
    include: Includes | None = Field(
        default=None,
        description="Adds roles (who does what), events (timeline) … to each. "
        "Many tokens: narrow down first",
    )
    page_number: Number | None = Field(default=None, description="Prefer after")
    page_size: PageSize | None = Field(
        default=None, description="Default 25; 1 if only total matters"
    )
    after: After | None = Field(default=None, description="The next page: copy it from next")
    view: ViewName | None = Field(
        default=None,
        description="compact (default); table: fewer tokens, for long lists; "
        "full: every field, for few incidents",
    )
    fields: FieldNames | None = Field(
        default=None,
        description="Exactly these instead of a view's: id, title, summary, minutes (how long), "
        "pagerduty_incident_id, user, labels … An error lists all names",
    )

    synonyms: ClassVar[Mapping[str, str]] = SYNONYMS

    @classmethod
    def contradictions(cls, arguments: Mapping[str, Any]) -> Iterator[Problem]:
        return find_contradictions(arguments)

    def question(self) -> Question:
        """The incidents that the arguments ask for."""
        excluded: dict[str, Any] = {}
        if self.exclude:
            excluded = self.exclude.model_dump(exclude_none=True)
        bounds = {}
        for name in self._values_of(_FILTER_RANGES):
            bounds[name] = self.bounds(name)
        return Question(self._values_of(_FILTERS), excluded, bounds)

    def bounds(self, name: str) -> Bounds:
        """The bounds of the range of time with this name; none if the call does not have it."""
        time_range: TimeRange | None = getattr(self, name)
        if time_range is None:
            return {}
        return time_range.bounds(self._fixed_instants(name))

    def list_request(self, now: datetime) -> ListRequest:
        """The page of a list that the arguments ask for *now*.

        Raises:
            InvalidArguments: `after` belongs to other filters or another sort, or was changed.
        """
        question = self.question()
        sort = self.sort or [DEFAULT_SORT]
        own_fingerprint = fingerprint(question, self.ranges(), sort, self._where_values())
        if self.after and not self.after.belongs_to(own_fingerprint):
            problem = (
                "belongs to other filters or another sort, or is not an exact copy: copy it from "
                "the next of a result, and repeat the filters and the sort of that call"
            )
            raise invalid([{"argument": "after", "problem": problem}], ROOTLY.title)
        return ListRequest(
            question=question,
            sort=sort,
            size=self.page_size or self._default_size,
            view=self._view(now),
            is_table=self.view == "table",
            page_number=self.page_number,
            position=self.after.position if self.after else None,
            fingerprint=own_fingerprint,
            instants=self._relative_instants(),
            notes=self.notes(),
        )

    @property
    def _default_size(self) -> int:
        return DEFAULT_PAGE_SIZE if self.similar_to is None else MOST_SIMILAR

    def _view(self, now: datetime) -> View:
        view = View.of(self.view or "compact", self.fields, self.include or (), now)
        if self.similar_to is None or self.fields:
            return view
        fields = _FULL_SIMILAR if self.view == "full" else _SIMILAR
        return replace(view, fields=fields)

    def _where_values(self) -> dict[str, Any]:
        if self.where is None:
            return {}
        return self.where.model_dump(mode="json", exclude_none=True)

    def notes(self) -> list[str]:
        """Notes that say how references and relative times were read."""
        return [*self._reference_notes(), *self._time_notes()]

    def _reference_notes(self) -> Iterator[str]:
        references = [number.reference for number in self._incident_numbers() if number.reference]
        if not references:
            return
        listed = ", ".join(references[:_MAX_REFERENCES])
        if len(references) > _MAX_REFERENCES:
            listed += " …"
        yield (
            f"Read as Rootly's incident numbers: {listed}. "
            "incident.io writes its own numbers in the same way."
        )

    def _incident_numbers(self) -> list[IncidentNumber]:
        """The numbers to find, those to exclude, and those that other arguments name."""
        numbers = [*(self.sequential_id or ())]
        if self.exclude:
            numbers += self.exclude.sequential_id or ()
        if self.similar_to and self.similar_to.number:
            numbers.append(self.similar_to.number)
        if self.where and self.where.parent:
            numbers.append(self.where.parent)
        return numbers

    def _time_notes(self) -> Iterator[str]:
        for name, time_range in self.ranges().items():
            for operator, instant in time_range.instants(self._fixed_instants(name)):
                if instant.is_relative:
                    time = stamp(instant.at.replace(microsecond=0))
                    yield f"{name}.{operator} {instant.text} means {time}."

    def _relative_instants(self) -> dict[str, Bounds]:
        """The instants of the relative times, for each range."""
        instants = {}
        for name, time_range in self.ranges().items():
            relative = time_range.relative(self._fixed_instants(name))
            if relative:
                instants[name] = relative
        return instants

    def _fixed_instants(self, name: str) -> Mapping[Operator, datetime]:
        """The instants of a range's relative times on the first page of the list."""
        if self.after is None:
            return {}
        return self.after.instants.get(name, {})

    def ranges(self) -> dict[str, TimeRange]:
        """The ranges of time that the call has, by the name of the argument."""
        return self._values_of(_RANGES)

    def _values_of(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of these arguments that the call has."""
        values = {}
        for name in names:
            value = getattr(self, name)
            if value is not None:
                values[name] = value
        return values


_FULL_SIMILAR = (*FULL, "minutes")
_SIMILAR = (
    *(name for name in COMPACT if name != "resolved_at"),
    "resolution_message",
    "minutes",
)
"""The fields of similar incidents. `minutes` says when they were resolved."""
_FILTER_RANGES = tuple(name for name in ListIncidents.model_fields if name.endswith("_at"))
_RANGES = (*_FILTER_RANGES, "active_during")
_NO_FILTERS = (*_RANGES, *LIST_ARGUMENTS, "exclude", "group_by", "similar_to", "where")
_FILTERS = tuple(name for name in ListIncidents.model_fields if name not in _NO_FILTERS)
