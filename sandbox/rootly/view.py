"""What is to be shown of each incident: attributes, relationships, and what is included."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.rootly.errors import RequestError

# In `attributes`, in both shapes.
EMBEDDED = (
    "user",
    "severity",
    "in_triage_by",
    "started_by",
    "mitigated_by",
    "resolved_by",
    "closed_by",
    "cancelled_by",
)
# In `attributes` as the reference shows it, or only as bare references in `relationships`.
LISTS = ("environments", "incident_types", "services", "functionalities", "groups")
# In `relationships` of every incident that was recorded.
_ALWAYS = (
    "causes",
    "subscribers",
    "roles",
    *LISTS,
    "events",
    "action_items",
    "custom_field_selections",
    "feedbacks",
    "attachments",
    "slack_messages",
)
# In `relationships` only where they are included.
_INCLUDED = ("sub_statuses", "incident_post_mortem", "alerts")
INCLUDABLE = {*_ALWAYS, *_INCLUDED} - {"attachments"}
_SUB_STATUS = "sub_statuses.sub_status"


@dataclass(frozen=True)
class View:
    options: Mapping[str, str]
    fieldsets: Mapping[str, frozenset[str]]
    """The sparse fieldsets by type: names of attributes and relationships."""
    include: frozenset[str]
    """The relations whose resources are wanted."""
    names_sub_statuses: bool
    """Whether the sub-statuses behind those of the incidents are included, too."""

    def shows(self, attribute: str) -> bool:
        """Whether the fieldset of incidents keeps the attribute."""
        return "incidents" not in self.fieldsets or attribute in self.fieldsets["incidents"]

    @property
    def embedded(self) -> list[str]:
        lists = LISTS if self.options["shape"] == "nested" else ()
        hidden = ("absent", "links")
        return [
            name
            for name in (*EMBEDDED, *lists)
            if self.shows(name) and self.form(name) not in hidden
        ]

    @property
    def linked(self) -> list[str]:
        """The relations that `relationships` mentions."""
        always = _ALWAYS if self.options["shape"] == "references" else ()
        trims = self.options["fieldsets"] == "all"
        return [
            name
            for name in (*_ALWAYS, *_INCLUDED)
            if (name in always or name in self.include)
            and (self.shows(name) or not trims)
            and self.form(name) != "absent"
        ]

    @property
    def included(self) -> list[str]:
        """The relations whose resources stand in `included`."""
        return sorted(name for name in self.include if self.form(name) != "dangling")

    def form(self, relation: str) -> str:
        """How the dial wants the relation: data, absent, null, links or dangling."""
        form, _, names = self.options["relations"].partition(":")
        named = names.split(",") if names else INCLUDABLE
        return form if relation in named else "data"


def asked(query: Mapping[str, str], options: Mapping[str, str]) -> View:
    """The view that the query names.

    Raises: RequestError for an unknown relation, where a dial wants it.
    """
    # Blank is fine here: Rootly's own server sends `include=`.
    names = set(filter(None, query.get("include", "").split(",")))
    sub_status = options["sub_status"]
    known = INCLUDABLE | ({_SUB_STATUS} if sub_status == "nested" else set())
    if options["unknown_include"] == "refused" and (unknown := sorted(names - known)):
        raise RequestError(400, "Invalid include", f"{', '.join(unknown)} cannot be included")
    wanted = {name.partition(".")[0] for name in names & known}
    named = _SUB_STATUS in names & known or (sub_status == "plain" and "sub_statuses" in wanted)
    return View(options, _fieldsets(query, options), frozenset(wanted), named)


def _fieldsets(query: Mapping[str, str], options: Mapping[str, str]) -> dict[str, frozenset[str]]:
    if options["fieldsets"] == "ignored":
        return {}
    given = {
        name.removeprefix("fields[").removesuffix("]"): text
        for name, text in query.items()
        if name[:7] == "fields["
    }
    return {type_: frozenset(text.split(",")) for type_, text in given.items()}
