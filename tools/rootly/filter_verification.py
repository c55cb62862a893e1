"""Verifies that Rootly applied the filters of a call, by the rows that it sent.

Rootly silently ignores a filter that it does not know, and then sends all incidents. So each row is
compared with the question. A row that certainly does not match is a failure. If the rows do not
settle it, for example because they show other names or no value, a probe asks Rootly once more.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import anyio

from tools.connection import Connection
from tools.errors import ToolError, UnexpectedResponse
from tools.reply import Reply, Reuse
from tools.rootly.document import Document
from tools.rootly.filter_probe import PROBE_ROWS, ProbeResult, probe
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question
from tools.rootly.row_verdicts import (
    EXCLUDE,
    RowVerdict,
    filter_names,
    row_verdicts,
    verification_needs,
)
from tools.rootly.verdict import Verdict
from tools.text import identifier

_PROBES_SHARE_OF_TIME = 0.9
"""The part of a call's remaining time that the probes can take."""


@dataclass
class _FilterEvidence:
    """The evidence for one filter, from the rows and from a probe.

    `incidents`: By verdict, the ids of the incidents that do not prove that Rootly applied it.
    """

    name: str
    has_match: bool = False
    incidents: dict[Verdict, set[str]] = field(default_factory=dict)
    probe_result: ProbeResult | None = None

    def add(self, row: RowVerdict) -> None:
        if row.verdict is Verdict.MATCHES:
            self.has_match = True
            return
        id_ = identifier(row.incident.id) or ""
        self.incidents.setdefault(row.verdict, set()).add(id_)

    @property
    def needs_probe(self) -> bool:
        """Whether the rows leave a doubt, and Rootly has not been probed yet."""
        if self.probe_result is not None:
            return False
        if Verdict.OTHER_FORM in self.incidents:
            return True
        # A few hidden values among rows that match are no reason for doubt. But rows that match an
        # exclusion prove nothing: they may lack the excluded value by chance.
        is_proven = self.has_match and not self._is_exclusion
        return Verdict.HIDDEN in self.incidents and not is_proven

    def unverified(self) -> Collection[str]:
        """The incidents that may not match, because the probe had no clear result."""
        if self.probe_result is not ProbeResult.UNKNOWN:
            return ()
        return self._with(Verdict.OTHER_FORM) | self._with(Verdict.HIDDEN)

    def in_other_form(self) -> Collection[str]:
        """The incidents that show another value, perhaps another form of the same thing."""
        if self.probe_result is ProbeResult.UNKNOWN:
            return ()
        return self._with(Verdict.OTHER_FORM)

    def hidden(self) -> Collection[str]:
        """The incidents that do not show the value to compare, if that needs a note."""
        if self.probe_result is ProbeResult.UNKNOWN:
            return ()
        if self.probe_result is ProbeResult.APPLIED and not self._is_expected_to_be_visible:
            return ()
        return self._with(Verdict.HIDDEN)

    def partly_excluded(self) -> Collection[str]:
        """The incidents that have an excluded value and another value."""
        return self._with(Verdict.PARTLY_EXCLUDED)

    def near(self) -> Collection[str]:
        """The incidents whose time is outside the range, but by less than a minute."""
        return self._with(Verdict.NEAR)

    @property
    def _is_exclusion(self) -> bool:
        return self.name.startswith(EXCLUDE)

    @property
    def _is_expected_to_be_visible(self) -> bool:
        """Whether every row that matches should show its value."""
        if self._is_exclusion:
            return False
        is_range = self.name not in FILTERS
        return is_range or FILTERS[self.name].is_visible

    def _with(self, verdict: Verdict) -> set[str]:
        return self.incidents.get(verdict, set())


_NOTES: Mapping[str, Callable[[_FilterEvidence], Collection[str]]] = {
    "Rootly gave no clear answer when asked whether it applies these filters: {}. "
    "Some incidents may not match.": _FilterEvidence.unverified,
    "Rootly applies these filters, but its answer shows other values: {}. "
    "They may be renamed, or names instead of slugs.": _FilterEvidence.in_other_form,
    "Rootly's answer does not show that incidents match these filters: {}.": _FilterEvidence.hidden,
    "Some incidents have an excluded value and another value: {}. "
    "Rootly does not document which one decides.": _FilterEvidence.partly_excluded,
    "Rootly compares times less exactly than asked: "
    "some incidents are up to a minute outside {}.": _FilterEvidence.near,
}
"""The text of each note, and the function that finds the incidents that it counts."""


@dataclass
class FilterVerifier:
    """Verifies the filters of *question* in all answers of one tool call.

    Several pages may be requested at the same time.
    """

    question: Question
    _evidence: dict[str, _FilterEvidence] = field(init=False)
    """By filter name. Only the caller's filters: not the bounds that paging and counting add."""

    def __post_init__(self) -> None:
        self._evidence = {name: _FilterEvidence(name) for name in filter_names(self.question)}

    @property
    def least_rows(self) -> int:
        """How many rows to request at least, so that they can prove that filters were applied."""
        has_visible_filters = verification_needs(self.question) != Needs()
        return PROBE_ROWS if has_visible_filters else 1

    async def ask(
        self,
        question: Question,
        connection: Connection,
        paging: Mapping[str, str],
        needs: Needs,
        reuse: Reuse = Reuse.UNSENT,
    ) -> Reply[Document]:
        """Get one page of *question*, and compare its rows with it.

        *question* is the call's own question, perhaps with more bounds. *reuse* is that of
        `tools.request.get`.

        Raises:
            ToolError: see `tools.request.get`; and a row shows that Rootly ignored a filter.
        """
        needs = needs | verification_needs(question)
        reply = await question.ask(connection, paging, needs, reuse)
        self._verify(reply.body, question)
        return reply

    def _verify(self, document: Document, question: Question) -> None:
        for row in row_verdicts(document, question):
            if row.verdict is Verdict.MISMATCH:
                raise self._ignored(row.filter_name)
            evidence = self._evidence.get(row.filter_name)
            if evidence is not None:
                evidence.add(row)

    async def notes(self, connection: Connection) -> list[str]:
        """Notes on the filters that are not proven, after one probe of each doubtful filter.

        Raises:
            UnexpectedResponse: Rootly ignores a filter; the message names it.
        """
        evidence = sorted(self._evidence.values(), key=lambda one: one.name)
        await self._probe([one for one in evidence if one.needs_probe], connection)
        for one in evidence:
            if one.probe_result is ProbeResult.IGNORED:
                raise self._ignored(one.name)
        notes = []
        for text, incidents_of in _NOTES.items():
            counts = [(one.name, len(incidents_of(one))) for one in evidence]
            listed = ", ".join(f"{name} ({count})" for name, count in counts if count)
            if listed:
                notes.append(text.format(listed))
        return notes

    async def _probe(self, doubtful: Collection[_FilterEvidence], connection: Connection) -> None:
        if not doubtful:
            return

        async def settle(evidence: _FilterEvidence) -> None:
            # The caller has an answer already. If the probe fails, a note says what is not proven.
            with suppress(ToolError):
                evidence.probe_result = await probe(evidence.name, self.question, connection)

        for evidence in doubtful:
            # This stays so if there is no result in time.
            evidence.probe_result = ProbeResult.UNKNOWN
        remaining_s = anyio.current_effective_deadline() - anyio.current_time()
        with anyio.move_on_after(remaining_s * _PROBES_SHARE_OF_TIME):
            async with anyio.create_task_group() as tasks:
                for evidence in doubtful:
                    tasks.start_soon(settle, evidence)

    def _ignored(self, name: str) -> UnexpectedResponse:
        argument = self.question.added.get(name)
        if argument:
            advice = f"{argument} needs this filter: leave {argument} out."
        elif name in self._evidence:
            advice = "Leave that filter out, and filter the rows yourself by what they show."
        else:
            advice = (
                "The list or the count needs this filter to go on: narrow the question, "
                "so that one answer holds everything."
            )
        return UnexpectedResponse(
            f"Rootly ignored the filter {name}: it sent incidents that do not match. {advice}"
        )
