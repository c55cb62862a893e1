"""A question for Rootly: filters, exclusions and ranges of time, and the GET that asks it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from tools.connection import Connection
from tools.errors import NotFound, Rejected
from tools.reply import Reply, Reuse
from tools.request import get
from tools.rootly.document import Document
from tools.rootly.parser import parse_document
from tools.rootly.relations import RELATED_ATTRIBUTES, included_within
from tools.times import Bounds, Operator, stamp

Ranges = Mapping[str, Mapping[Operator, datetime]]
"""The bounds of each range of time, by the name of its argument."""

_PATH = "/v1/incidents"
_NUMBER = "sequential_id"
_UPPER = ("lt", "lte")


@dataclass(frozen=True)
class Needs:
    """The parts of each incident that Rootly must send, by Rootly's names.

    The resources of `relations` are included. Of those that are only in `references`, ids are
    enough.
    """

    attributes: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(
            self.attributes | other.attributes,
            self.relations | other.relations,
            self.references | other.references,
        )


@dataclass(frozen=True)
class Question:
    """The incidents to ask for.

    * `filters`, `excluded`: values by the name of the argument.
    * `ranges`: the bounds of each time.
    * `added`: the filters and ranges that the call does not have, each with the argument that needs
      it. An error names this argument.
    """

    filters: Mapping[str, Any] = field(default_factory=dict)
    excluded: Mapping[str, Any] = field(default_factory=dict)
    ranges: Ranges = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict, compare=False)

    def parameters(self) -> dict[str, str]:
        """The query parameters, as Rootly documents them."""
        parameters = {}
        for name, value in self.filters.items():
            parameters[f"filter[{name}]"] = _parameter(value)
        for name, value in self.excluded.items():
            parameters[f"filter[{name}][not_in]"] = _parameter(value)
        for name, bounds in self.ranges.items():
            for operator, at in bounds.items():
                parameters[f"filter[{name}][{operator}]"] = stamp(at)
        return parameters

    def each_without(self) -> Iterator[tuple[str, "Question"]]:
        """The name of each filter, and the question without it."""
        for name in self.filters:
            yield name, replace(self, filters=_without(name, self.filters))
        for name in self.excluded:
            yield f"exclude.{name}", replace(self, excluded=_without(name, self.excluded))
        for name in self.ranges:
            yield name, replace(self, ranges=_without(name, self.ranges))

    def made_for(self, argument: str, asked: "Question") -> "Question":
        """The question with a reason for what *asked* does not have: *argument* needs it."""
        known = {*asked.filters, *asked.ranges}
        added = {name: argument for name in (*self.filters, *self.ranges) if name not in known}
        return replace(self, added={**added, **asked.added})

    def narrow(self, name: str, bounds: Mapping[Operator, datetime]) -> "Question":
        """The question with more *bounds* on a time; of two bounds at one end, the narrower."""
        if not bounds:
            return self
        narrowed = dict(self.ranges.get(name, {}))
        for operator, at in bounds.items():
            _narrow(narrowed, operator, at)
        return replace(self, ranges={**self.ranges, name: narrowed})

    async def ask(
        self,
        connection: Connection,
        paging: Mapping[str, str],
        needs: Needs,
        reuse: Reuse = Reuse.NEVER,
    ) -> Reply[Document]:
        """Get one page, and do not verify the filters. `FilterVerifier.ask` also verifies them.

        *reuse* is that of `tools.request.get`.

        Raises:
            ToolError: see `tools.request.get`.
        """
        related = needs.relations | needs.references
        parameters = self.parameters()
        # Rootly's reference lacks this parameter, but Rootly's own server uses it. It makes an
        # answer ten times smaller.
        attributes = (needs.attributes | related) - {"id"}
        parameters["fields[incidents]"] = ",".join(sorted(attributes))
        if needs.relations:
            parameters["include"] = ",".join(sorted(needs.relations))
        parameters |= paging
        parse = partial(
            parse_document,
            attributes=needs.attributes,
            relations=related,
            related=RELATED_ATTRIBUTES,
        )
        try:
            return await _get(connection, parameters, needs.relations, parse, reuse)
        except NotFound:
            by_number = self._only_by_number()
            if by_number in (Question(), self):
                raise
        # Rootly may answer 404 if it finds no incident with these numbers that also matches the
        # rest. If the incidents exist, nothing matches.
        reply = await by_number.ask(connection, {"page[size]": "1"}, Needs(frozenset({_NUMBER})))
        return replace(reply, body=Document.empty())

    def _only_by_number(self) -> "Question":
        """The question with only its incident numbers, if it has any."""
        numbers = {name: value for name, value in self.filters.items() if name == _NUMBER}
        return Question(filters=numbers)


async def _get(
    connection: Connection,
    parameters: Mapping[str, str],
    relations: Iterable[str],
    parse: Callable[[bytes], Document],
    reuse: Reuse,
) -> Reply[Document]:
    """Get the answer to *parameters*, if possible with the resources within the *relations*."""
    nested = included_within(relations)
    if not nested:
        return await get(connection, _PATH, parameters, parse, reuse)
    include = ",".join((parameters["include"], *nested))
    try:
        return await get(connection, _PATH, {**parameters, "include": include}, parse, reuse)
    except Rejected:
        # Rootly does not document such paths. A JSON:API server that does not know them sends 400.
        return await get(connection, _PATH, parameters, parse, reuse)


def _narrow(bounds: Bounds, operator: Operator, at: datetime) -> None:
    """Add a bound to *bounds*, in place of a wider one at the same end."""
    is_upper = operator in _UPPER
    for other, other_at in [*bounds.items()]:
        if (other in _UPPER) != is_upper:
            continue
        is_wider = other_at > at if is_upper else other_at < at
        if not is_wider:
            return
        del bounds[other]
    bounds[operator] = at


def _without(name: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def _parameter(value: Any) -> str:
    """The text of a filter's value: `true` or `false`, values joined by commas, or one value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
