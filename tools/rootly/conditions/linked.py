"""The condition `linked`: the incident is linked with a thing in another product.

Ids and keys are compared whole, in any case. Links are compared without `http://` or `https://` and
without a slash at the end. A link that is pasted may have more than Rootly's: a fragment, or a
query and a fragment. If Rootly's link has a query, the pasted link must have it, too: in some
products only the query says which thing it is.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator

from tools.arguments import Word, check_comma, excerpt, list_of
from tools.rootly.conditions.condition import Check
from tools.rootly.document import Document, Incident
from tools.rootly.fields import FIELDS
from tools.rootly.question import Needs
from tools.rootly.values import Reader

MAX_IDS = 20
"""The most ids and links in the argument."""
_MOST_NAMED = 5
"""How many ids a note names; the others are counted."""
_UNREADABLE = "unreadable"
_MATCHES = "matches "
"""What a remark on an id begins with."""


_ENDINGS = ("_id", "_key", "_number", "_url")
_OF_ROOTLY = ("sequential_id", "parent_incident_id", "duplicate_incident_id")
"""Fields with such an ending that are about Rootly's own incidents."""
_SCHEME = re.compile(r"https?://")
_LINK = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+(:\d+)?/", re.IGNORECASE)
"""The beginning of a link. Ids may also have slashes and a `#`: acme/checkout#12."""


def _check_single(value: str) -> str:
    """One id, key or link. Only a link may have a comma."""
    return value if _LINK.match(value) else check_comma(value)


LinkedIds = Annotated[
    list[Annotated[Word, AfterValidator(_check_single)]], BeforeValidator(list_of(MAX_IDS))
]


def _readers() -> Iterator[tuple[str, Reader]]:
    for name, field in FIELDS.items():
        is_link = name.endswith(_ENDINGS) and name not in _OF_ROOTLY
        if is_link or name == "url":
            for attribute in field.attributes:
                yield attribute, field.read


LINK_READERS: Mapping[str, Reader] = dict(_readers())
"""The attributes that are compared, each with the reader that makes it safe to show.

What is never shown is not compared: it is not among the fields, or its reader does not read it.
"""


@dataclass(frozen=True)
class LinkedCondition:
    """One of these `ids`, which may also be keys or links, is one of the incident's.

    The cell `linked` has the attributes that match, as Rootly sent them.
    """

    ids: Sequence[str]
    columns: ClassVar[Sequence[str]] = ("linked",)
    needs: ClassVar[Needs] = Needs(attributes=frozenset(LINK_READERS))

    @cached_property
    def _ids_by_form(self) -> Mapping[str, Sequence[str]]:
        """The ids by each form in which Rootly may have them."""
        ids: dict[str, list[str]] = {}
        for id_ in self.ids:
            for form in _pasted_forms(id_):
                ids.setdefault(form, []).append(id_)
        return ids

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether *incident* has one of the ids."""
        linked: dict[str, str] = {}
        remarks: dict[str, None] = {}
        is_readable = incident.is_readable
        for attribute, readable in _links(incident):
            if readable is None:
                is_readable = False
                continue
            for id_ in self._ids_by_form.get(_form(readable), ()):
                linked[attribute] = readable
                remarks[_MATCHES + id_] = None
        if linked:
            return Check(True, (("linked", linked),), tuple(remarks))
        return Check(False) if is_readable else Check(None, remarks=(_UNREADABLE,))

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        """Notes on ids that no incident has, if others have one, and on unreadable links."""
        missing = [id_ for id_ in self.ids if _MATCHES + id_ not in remarks]
        if 0 < len(missing) < len(self.ids):
            yield (
                "where.linked: none of the incidents that were read and that meet the other "
                f"conditions is linked with {_listed(missing)}."
            )
        if _UNREADABLE in remarks:
            yield (
                f"Left out by where.linked: {remarks[_UNREADABLE]} of the incidents, because one "
                "of their ids or links is not readable."
            )


def _links(incident: Incident) -> Iterator[tuple[str, str | None]]:
    """The ids and links of *incident*; None for one that cannot be shown."""
    for attribute, value in incident.attributes.items():
        if attribute in LINK_READERS and value is not None:
            yield attribute, LINK_READERS[attribute](value)


def _form(value: str) -> str:
    """The form of an id, a key or a link that is compared."""
    return _SCHEME.sub("", value.casefold(), count=1).rstrip("/")


def _pasted_forms(value: str) -> list[str]:
    """The forms of what was pasted: whole, and if it is a link without what may follow its path."""
    forms = [_form(value)]
    if _LINK.match(value):
        forms += [_form(value.partition("#")[0]), _form(re.split("[?#]", value)[0])]
    return forms


def _listed(ids: Sequence[str]) -> str:
    """At most a few of *ids*; the others are counted."""
    listed = ", ".join(map(excerpt, ids[:_MOST_NAMED]))
    if len(ids) > _MOST_NAMED:
        return f"{listed} and {len(ids) - _MOST_NAMED} more"
    return listed
