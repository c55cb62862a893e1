"""What a prompt consists of: arguments, and the calls that its text names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Call = Mapping[str, object]
"""Arguments of the tool."""


@dataclass(frozen=True)
class Argument:
    """An argument of a prompt. MCP knows only texts.

    * `to_call`: the arguments of the tool that a value stands for.
    * `completed_by`: the filter of the tool whose values are offered while a person types.
    * `examples`: fixed values that are offered instead.
    """

    name: str
    description: str
    to_call: Callable[[str], Call]
    completed_by: str = ""
    examples: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Step:
    """A call that the text of a prompt names.

    `arguments` are the prompt's arguments that become part of the call. `text` says what the call
    answers, and when it is needed.
    """

    text: str
    call: Call
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """A prompt. `report` says what the answer to the person has to contain."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    steps: tuple[Step, ...]
    report: str
