"""What is asked of Rootly: filters, exclusions and ranges of time, as its parameters, and one GET that asks them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from tools.connection import Connection
from tools.errors import Rejected
from tools.request import Reply, get
from tools.rootly.continuation import Ranges
from tools.rootly.document import Document
from tools.rootly.parser import parse_document
from tools.rootly.relations import RELATED_ATTRIBUTES, included_within
from tools.times import Operator, stamp


@dataclass(frozen=True)
class Needs:
    """What must come with each incident, by Rootly's names.

    The resources of `relations` come along. Of those that are only in `references`, the ids are enough.
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
    """`filters` and `excluded` are by argument name; `ranges` are the bounds of times."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    excluded: Mapping[str, Any] = field(default_factory=dict)
    ranges: Ranges = field(default_factory=dict)

    def parameters(self) -> dict[str, str]:
        """The documented form: lists joined by commas, booleans as words, one parameter a bound."""
        parameters = {f"filter[{name}]": _joined(value) for name, value in self.filters.items()}
        parameters |= {
            f"filter[{name}][not_in]": _joined(value) for name, value in self.excluded.items()
        }
        for name, bounds in self.ranges.items():
            parameters |= {
                f"filter[{name}][{operator}]": stamp(at) for operator, at in bounds.items()
            }
        return parameters

    def each_without(self) -> Iterator[tuple[str, "Question"]]:
        """The question once without each of its filters, by what that filter is called."""
        for name in self.filters:
            yield (
                name,
                replace(self, filters={n: value for n, value in self.filters.items() if n != name}),
            )
        for name in self.excluded:
            yield (
                f"exclude.{name}",
                replace(self, excluded={n: v for n, v in self.excluded.items() if n != name}),
            )
        for name in self.ranges:
            yield (
                name,
                replace(self, ranges={n: bounds for n, bounds in self.ranges.items() if n != name}),
            )

    def within(self, name: str, bounds: Mapping[Operator, datetime]) -> "Question":
        """The question with more *bounds* on a time. Where it has a narrower one of its own at that end, that stays."""
        own = dict(self.ranges.get(name, {}))
        for operator, at in bounds.items():
            is_upper = operator in _UPPER
            rivals = [other for other in own if (other in _UPPER) == is_upper]
            if all(own[other] > at if is_upper else own[other] < at for other in rivals):
                for other in rivals:
                    del own[other]
                own[operator] = at
        return replace(self, ranges={**self.ranges, name: own}) if bounds else self

    async def ask(
        self, connection: Connection, paging: Mapping[str, str], needs: Needs
    ) -> Reply[Document]:
        """One page, whether or not Rootly heeded the filters: `FilterCheck.ask` looks at that, too.

        Raises:
            ToolError: see `tools.request.get`.
        """
        mentioned = needs.relations | needs.references
        parameters = {
            **self.parameters(),
            # Not in Rootly's reference, but in use by its own server; it makes an answer ten times smaller.
            "fields[incidents]": ",".join(sorted((needs.attributes | mentioned) - {"id"})),
            **({"include": ",".join(sorted(needs.relations))} if needs.relations else {}),
            **paging,
        }
        parse = partial(
            parse_document,
            attributes=needs.attributes,
            relations=mentioned,
            related=RELATED_ATTRIBUTES,
        )
        return await _get(connection, parameters, needs.relations, parse)


async def _get(
    connection: Connection,
    parameters: Mapping[str, str],
    relations: Iterable[str],
    parse: Callable[[bytes], Document],
) -> Reply[Document]:
    """The answer to *parameters*, with what the *relations* refer to, as far as Rootly includes that."""
    inner = included_within(relations)
    if inner:
        try:
            include = ",".join((parameters["include"], *inner))
            return await get(connection, "/v1/incidents", {**parameters, "include": include}, parse)
        except Rejected:
            # Rootly does not document such paths. JSON:API wants a 400 from a server that does not know them.
            pass
    return await get(connection, "/v1/incidents", parameters, parse)


_UPPER = ("lt", "lte")


def _joined(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(str(item) for item in value) if isinstance(value, list) else str(value)
