"""The types that a tool's arguments are made of."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tools.text import clean, identifier

MAX_VALUES = 100
"""The most values in a list."""
MAX_LENGTH = 500
"""The most characters of a value."""

UNLISTED_MARK = "unlisted"
"""The key that marks a property in a schema of Pydantic as unlisted."""
UNLISTED_ENUM = "unlisted_enum"
"""The key of an enum that is unlisted, in a schema of Pydantic."""
UNLISTED: Any = Field(default=None, json_schema_extra={UNLISTED_MARK: True})
"""The default of an argument, or of a member of one, that is accepted but not listed.

The schema that clients get leaves it out, to save tokens. `tools.schema.unlisted` names them all.
"""

Problem = dict[str, Any]
"""One wrong argument: `argument`, `problem`, and where they help `did_you_mean` and `allowed`."""


class Arguments(BaseModel):
    """The base class of every tool's arguments.

    Unknown names are refused: a typing error must not silently widen a question. An optional
    argument has the type `… | None`. It is not required in the schema, and `null` means that it
    is not given.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    synonyms: ClassVar[Mapping[str, str]] = {}
    """Wrong names that models and people often use, with the right name of each."""

    @classmethod
    def contradictions(cls, arguments: Mapping[str, Any]) -> Iterable[Problem]:
        """The problems of *arguments* together. Each of them may also be wrong by itself."""
        return ()


def nested_model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of a member that is an object; None for any other member."""
    if name not in model.model_fields:
        return None
    for choice in get_args(model.model_fields[name].annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            return choice
    return None


class OneOf:
    """A string that is one of *values*. An error names the nearest of them.

    *synonyms* maps wrong values that people often use to the right ones. *remark* is added to
    every error. Unless *is_listed*, the schema that clients get does not have the values: they
    would cost many tokens, and the description or another argument names them.
    """

    def __init__(
        self,
        values: Iterable[str],
        synonyms: Mapping[str, str] | None = None,
        *,
        remark: str = "",
        is_listed: bool = True,
    ) -> None:
        self.values = tuple(values)
        self.synonyms = synonyms or {}
        self.remark = remark
        self.is_listed = is_listed

    def with_values(self, extra: Iterable[str]) -> "OneOf":
        """The same with *extra* values after its own."""
        values = dict.fromkeys((*self.values, *extra))
        return OneOf(values, self.synonyms, remark=self.remark, is_listed=self.is_listed)

    def without_enum(self) -> "OneOf":
        """The same for a second place in a schema, which need not have the values again."""
        return OneOf(self.values, self.synonyms, remark=self.remark, is_listed=False)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._check, core_schema.str_schema(strict=True)
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        key = "enum" if self.is_listed else UNLISTED_ENUM
        return {"type": "string", key: [*self.values]}

    def _check(self, value: str) -> str:
        if value in self.values:
            return value
        raise PydanticCustomError("one_of", "not one of the allowed values", {"one_of": self})

    def nearest(self, value: str) -> str | None:
        """The value that *value* probably means.

        This is not part of the check, because it is slow: of thousands of wrong values, only a few
        are described.
        """
        synonym = self.synonyms.get(value[:100].strip().lower())
        return synonym or nearest(value, self.values)


def list_of(most: int, noun: str = "values") -> Callable[[Any], Any]:
    """A check of a whole list, before any of its values is checked.

    A list argument also takes one string that is not in a list.
    """

    def check(value: Any) -> Any:
        if isinstance(value, str):
            return [value]
        if value == []:
            raise PydanticCustomError(
                "blank", "is an empty list: give at least one value, or leave it out"
            )
        if isinstance(value, list) and len(value) > most:
            raise PydanticCustomError(
                "long",
                "has {count} {noun}: give at most {most}",
                {"count": len(value), "noun": noun, "most": most},
            )
        return value

    return check


value_list = list_of(MAX_VALUES)


def _check_text(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "is blank: give a value, or leave it out")
    if len(value) > MAX_LENGTH:
        raise PydanticCustomError("long", "is longer than {most} characters", {"most": MAX_LENGTH})
    if identifier(value.strip(" ")) is None:
        raise PydanticCustomError("hidden", "has control or invisible characters")
    if value != value.strip():
        raise PydanticCustomError("space", "has white space around it")
    return value


def check_comma(value: str) -> str:
    """*value*, which must not be several values in one text."""
    # Vendors take lists joined by commas: a comma would silently make two values of one.
    if "," in value:
        raise PydanticCustomError("comma", "has a comma: give a list with one value an element")
    return value


def _check_number(value: int) -> int:
    if not 1 <= value < 2**53:
        raise PydanticCustomError("number", "must be an integer from 1")
    return value


Word = Annotated[str, AfterValidator(_check_text)]
Words = Annotated[list[Annotated[Word, AfterValidator(check_comma)]], BeforeValidator(value_list)]
Number = Annotated[int, AfterValidator(_check_number)]


def nearest(value: str, allowed: Iterable[str]) -> str | None:
    """The one of *allowed* that *value* is close to; None if nothing is close."""
    by_lower_case = {name.lower(): name for name in allowed}
    plain = re.sub(r"(?<!^)[\s-]+", "_", value[:100].strip().lower())
    matches = get_close_matches(plain, by_lower_case, n=1, cutoff=0.75)
    return by_lower_case[matches[0]] if matches else None


def excerpt(value: object) -> str:
    """A caller's own value, short and clean enough to be repeated in a message."""
    text = str(value)
    # To clean thousands of hidden characters would take milliseconds.
    if len(text) > 200:
        text = f"{text[:200]}…"
    return clean(text, 80)
