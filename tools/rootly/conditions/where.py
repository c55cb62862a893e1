"""The argument `where`: conditions that Rootly cannot filter by."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from tools.rootly.conditions.action_items import ActionItemsCondition, ActionItemState
from tools.rootly.conditions.condition import Condition
from tools.rootly.conditions.lasted import Lasted
from tools.rootly.conditions.linked import LinkedCondition, LinkedIds
from tools.rootly.conditions.parent import ParentCondition
from tools.rootly.conditions.person import PersonCondition, PersonText
from tools.rootly.incident_number import OneIncidentNumber


class Where(BaseModel):
    """Conditions that are checked after the incidents were read. All of them must hold."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    person: PersonText | None = Field(
        default=None, description="E.g. Ada or Ada Smith: had a role, or declared, resolved … it"
    )
    linked: LinkedIds | None = Field(
        default=None, description="Ids, keys, links: PagerDuty, Jira, Slack …"
    )
    parent: OneIncidentNumber | None = Field(default=None, description="Its sub-incidents")
    lasted: Lasted | None = Field(default=None, description='{"gte":"2h"}, or 90m, 3d, 1w')
    action_items: ActionItemState | None = None

    synonyms: ClassVar[Mapping[str, str]] = {
        "user": "person",
        "people": "person",
        "name": "person",
        "responder": "person",
        "commander": "person",
        "link": "linked",
        "url": "linked",
        "parent_id": "parent",
        "parent_incident_id": "parent",
        "duration": "lasted",
        "longer_than": "lasted",
    }

    @model_validator(mode="before")
    @classmethod
    def _is_not_blank(cls, value: Any) -> Any:
        if value == {}:
            raise PydanticCustomError("blank", "is empty: give a condition, or omit where")
        return value

    def conditions(self, now: datetime, parent_id: str | None) -> list[Condition]:
        """The conditions, those first that take the least time.

        *now* is the instant for everything relative. *parent_id* is Rootly's id of `parent`.
        """
        return [*self._conditions(now, parent_id)]

    def _conditions(self, now: datetime, parent_id: str | None) -> Iterator[Condition]:
        if parent_id is not None:
            yield ParentCondition(parent_id)
        if self.lasted:
            yield self.lasted.condition(now)
        if self.action_items:
            yield ActionItemsCondition.of(self.action_items, now)
        if self.linked:
            yield LinkedCondition(self.linked)
        if self.person:
            yield PersonCondition(self.person)
