"""What must hold in every host."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases import Case
from conversation import Conversation
from fault import Fault
from model.endpoint import Step
from record import Exchange
from session import KEY, KEY_NAMES


@dataclass(frozen=True)
class Refusal:
    """A call that the host did not pass on, and what it told the model."""

    step: Step
    reason: str


def check_tools(conversation: Conversation) -> None:
    """The model sees every tool, with its description and those of all arguments."""
    offered = {tool.name: tool for tool in conversation.tools()}
    for listed in conversation.record.last_result("tools/list")["tools"]:
        names = [name for name in offered if name.endswith(listed["name"])]
        if not names:
            raise Fault(f"the model does not see {listed['name']}, only {sorted(offered)}")
        tool = offered[names[0]]
        if _plain(listed["description"]) not in _plain(tool.description):
            raise Fault(f"the description of {tool.name} is: {tool.description!r}")
        members = dict(_members(tool.schema))
        for path, description in _members(listed["inputSchema"]):
            # Some hosts add the limits of a number to its description.
            if _plain(description) not in _plain(members.get(path, "absent")):
                raise Fault(f"{path} of {tool.name} is: {members.get(path)!r}")


def _plain(text: str) -> str:
    """The text as Claude Code shows it to the model."""
    return text.replace("…", "...")


def _members(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The path and the description of every argument, and of every member of one."""
    for name, member in schema.get("properties", {}).items():
        yield f"{prefix}{name}", member.get("description", "")
        yield from _members(member, f"{prefix}{name}.")


def check_instructions(conversation: Conversation) -> None:
    """The model gets the instructions of the server, if the host passes on any."""
    instructions = conversation.record.last_result("initialize", "server/discover")["instructions"]
    text = "\n".join(conversation.texts())
    missing = [line for line in instructions.splitlines() if line not in text]
    if conversation.host.passes_on_instructions and missing:
        raise Fault(f"the model does not get these lines of the instructions: {missing}")
    if not conversation.host.passes_on_instructions and not missing:
        raise Fault("the model gets the instructions, and passes_on_instructions says it does not")


def check_calls(conversation: Conversation) -> list[Refusal]:
    """Every call arrives as it was made, or is refused; and every answer reaches the model whole.

    Returns: the calls that the host itself refused.
    """
    results = conversation.results()
    if len(results) != len(conversation.script):
        raise Fault(
            f"the model made {len(results)} of {len(conversation.script)} calls. The host printed:"
            f"\n{conversation.output}"
        )
    exchanges = deque(conversation.record.exchanges())
    refusals: list[Refusal] = []
    for step, result in zip(conversation.script, results, strict=True):
        if exchanges and _has_arrived(step, exchanges[0], result):
            exchanges.popleft()
        else:
            refusals.append(Refusal(step, result))
    if exchanges:
        raise Fault(f"the server got a call that the model did not make: {exchanges[0].arguments}")
    return refusals


def _has_arrived(step: Step, exchange: Exchange, result: str) -> bool:
    """Whether the server got the call of *step*, in *exchange*. The model got *result* for it.

    Raises:
        Fault: it got another call, or the model did not get the whole answer.
    """
    is_unchanged: bool = _without_nulls(exchange.arguments) == _without_nulls(step.arguments)
    is_whole = exchange.text in result or _as_json_member(exchange.text) in result
    if is_whole and not is_unchanged:
        raise Fault(f"the call {step.arguments} arrived as {exchange.arguments}")
    if is_unchanged and not is_whole:
        raise Fault(
            f"of the {len(exchange.text)} characters of the answer to {step.arguments}, the model"
            f" gets {len(result)}: {result[:1_000]}"
        )
    return is_unchanged


def _as_json_member(text: str) -> str:
    """The text as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _without_nulls(value: Any) -> Any:
    """The arguments without nulls, and without objects in which nothing is left."""
    if not isinstance(value, Mapping):
        return value
    members = {name: _without_nulls(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member not in (None, {})}


def check_cases(
    conversation: Conversation, cases: Sequence[Case], refusals: Sequence[Refusal]
) -> None:
    """The first calls of the conversation, which are those of *cases*, got the right answers."""
    reasons = {id(refusal.step): refusal.reason for refusal in refusals}
    exchanges = iter(conversation.record.exchanges())
    for case in cases:
        reason = reasons.get(id(case.step))
        if reason is None:
            exchange = next(exchanges)
            if not case.is_right(exchange):
                raise Fault(f"the answer is not {case.title}: {exchange.text[:1_000]}")
        elif not case.may_be_refused:
            raise Fault(f"the host refused {case.step.arguments}: {reason}")


def check_prompt(conversation: Conversation) -> None:
    """The model gets a call of the prompt, unless the host never asks for prompts."""
    asks_for_prompts = conversation.record.has("prompts/list")
    if asks_for_prompts != bool(conversation.host.prompt):
        raise Fault(f"it asks for prompts: {asks_for_prompts}, and its prompt says otherwise")
    call = '{"similar_to":"4821"}'
    texts = "\n".join(conversation.texts())
    if asks_for_prompts and call not in texts and _as_json_member(call) not in texts:
        raise Fault(f"the model does not get {call}. The host printed:\n{conversation.output}")


def check_keys(conversation: Conversation) -> None:
    """Both keys arrive at the server, by value or in a file."""
    if not conversation.record.environments:
        raise Fault(f"the server was never started. The host printed:\n{conversation.output}")
    for environment in conversation.record.environments:
        for name in KEY_NAMES:
            key_file = environment.get(f"{name}_FILE")
            value = Path(key_file).read_text("utf-8") if key_file else environment.get(name)
            if value != KEY:
                raise Fault(f"the server got {name}={value} instead of {KEY}")
