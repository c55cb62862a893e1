"""The argument `exclude`: the filters by values that incidents must not have."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from tools.arguments import UNLISTED, Number, Words
from tools.rootly.argument_types import ExcludedKinds, ExcludedStatuses
from tools.rootly.incident_number import IncidentNumbers


class Exclude(BaseModel):
    """The filters that Rootly documents with `[not_in]`.

    The schema lists only those that people often ask for. Validation takes the others, too.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    status: ExcludedStatuses | None = None
    kind: ExcludedKinds | None = None
    severity: Words | None = None
    environments: Words | None = None
    services: Words | None = None
    teams: Words | None = None
    causes: Words | None = UNLISTED
    types: Words | None = UNLISTED
    functionalities: Words | None = UNLISTED
    labels: Words | None = UNLISTED
    private: bool | None = UNLISTED
    user_id: Number | None = UNLISTED
    sequential_id: IncidentNumbers | None = UNLISTED
    severity_id: Words | None = UNLISTED
    type_ids: Words | None = UNLISTED
    environment_ids: Words | None = UNLISTED
    functionality_ids: Words | None = UNLISTED
    functionality_names: Words | None = UNLISTED
    service_ids: Words | None = UNLISTED
    service_names: Words | None = UNLISTED
    team_ids: Words | None = UNLISTED
    team_names: Words | None = UNLISTED
    cause_ids: Words | None = UNLISTED

    synonyms: ClassVar[Mapping[str, str]] = {"cause": "causes"}

    @model_validator(mode="before")
    @classmethod
    def _is_not_blank(cls, value: Any) -> Any:
        if value == {}:
            raise PydanticCustomError(
                "blank", "is empty: give the values to exclude, or omit exclude"
            )
        return value
