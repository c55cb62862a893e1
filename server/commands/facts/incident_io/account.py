"""What is known of the incident.io account so far. The probes share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.commands.facts.client import Answer, Client
from server.commands.facts.fact import NotSeen
from tools.json_values import as_mapping, mappings

ATTACHMENTS = "/v1/incident_attachments"
INCIDENTS = "/v2/incidents"
IDENTITY = "/v1/identity"
_UNKNOWN_RESOURCE = {"resource_type": "zendesk_ticket", "external_id": "incident-desk-probe"}
_MOST_ASKED = 4
"""Of so many incidents the attachments are asked for, until two of them have any."""
_ENOUGH = 2

Attachment = Mapping[str, Any]


@dataclass
class Account:
    """The account of one key.

    * `listing`: the answer to the list of incidents. None: there was none, for `reason`.
    * `answers`: the answers about attachments of some incidents, by the incident's id.
    * `usual`: the first answer about attachments, to an ordinary question.
    """

    client: Client
    listing: Answer | None = None
    reason: str = ""
    dial_values: dict[str, str] = field(default_factory=dict[str, str])
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    usual: Answer | None = None

    async def read(self) -> None:
        """Read the newest incidents, and attachments of some of them."""
        try:
            self.listing = await self.client.get(INCIDENTS, {"page_size": "25"})
            for incident in self.incidents[:_MOST_ASKED]:
                id_ = str(incident.get("id"))
                answer = await self.ask({"incident_id": id_})
                self.answers[id_] = answer
                self.usual = self.usual or answer
                if answer.status != 200 or len(self.by_incident) == _ENOUGH:
                    break
            self.usual = self.usual or await self.ask(_UNKNOWN_RESOURCE)
        except NotSeen as not_seen:
            self.reason = str(not_seen)

    def check_attachments(self) -> None:
        """Check that an ordinary question about attachments is answered.

        Raises:
            NotSeen: it is refused. So a refusal of another question says nothing about that one.
        """
        if self.usual is None:
            raise NotSeen(self.reason)
        if self.usual.status != 200:
            raise NotSeen(f"attachments get {self.usual.status}")

    async def ask(self, params: Mapping[str, str]) -> Answer:
        return await self.client.get(ATTACHMENTS, params)

    @property
    def incidents(self) -> Sequence[Mapping[str, Any]]:
        """The newest incidents. Empty if the list was refused.

        Raises:
            NotSeen: there was no answer.
        """
        if self.listing is None:
            raise NotSeen(self.reason)
        return mappings(self.listing.body.get("incidents"))

    @property
    def by_incident(self) -> dict[str, list[Attachment]]:
        """The attachments that are known, for the incidents that have any."""
        lists = {id_: attachments_of(answer) for id_, answer in self.answers.items()}
        return {id_: attachments for id_, attachments in lists.items() if attachments}

    @property
    def attachments(self) -> list[Attachment]:
        """All attachments that are known."""
        attachments = list[Attachment]()
        for some in self.by_incident.values():
            attachments += some
        return attachments


def attachments_of(answer: Answer) -> list[Attachment]:
    return mappings(answer.body.get("incident_attachments"))


def ids_of(attachments: Sequence[Attachment]) -> set[str]:
    return {str(attachment.get("id")) for attachment in attachments}


def resource_of(attachment: Attachment) -> dict[str, str]:
    """The resource of an attachment, as parameters."""
    resource = as_mapping(attachment.get("resource"))
    return {name: str(resource.get(name)) for name in ("resource_type", "external_id")}
