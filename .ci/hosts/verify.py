"""Verifies one host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import checks
from cases import CASES, WITHOUT_KEYS, Case
from conversation import hold
from fault import Fault
from host import Host
from model.endpoint import Step
from pages import Block, blocks, page_of
from servers import Service
from session import KEY, KEY_NAMES, Session

_KEYS = dict.fromkeys(KEY_NAMES, KEY)


@dataclass(frozen=True)
class Surroundings:
    """What all hosts share.

    * `programs`: where the hosts are installed.
    * `folder`: where sessions get their folders.
    * `vendors`: the variables that point our server at made-up data.
    * `service`: our server over HTTP.
    * `unlisted`: a call for each argument that is taken but not listed.
    """

    programs: Path
    folder: Path
    vendors: Mapping[str, str]
    service: Service
    unlisted: Sequence[Step]


def verify(host: Host, surroundings: Surroundings) -> str:
    """Do all checks with *host*.

    Returns: what was verified, for people.

    Raises:
        Fault: one that failed.
    """
    shown = blocks(host.name)
    live = [block for block in shown if block.is_live]
    if not live:
        raise Fault(f"docs/hosts shows no configuration: <!-- config: {host.name} | … -->")
    for number, block in enumerate(shown):
        _verify_configuration(host, block, f"list-{number}", surroundings)
    refusals = _verify_conversation(host, live[0], surroundings)
    _verify_without_keys(host, live[0], surroundings)
    for setting in host.settings:
        if setting not in page_of(host.name):
            raise Fault(f"docs/hosts/{host.name}.md does not name {setting}")
    arrived = len(surroundings.unlisted) - refusals
    return (
        f"{len(shown)} configurations; {len(CASES) + len(WITHOUT_KEYS)} answers whole;"
        f" unlisted arguments: {arrived} arrived, {refusals} refused"
    )


def _verify_configuration(host: Host, block: Block, name: str, surroundings: Surroundings) -> None:
    """The host reads a configuration of its page, and lists a server that it can use."""
    service = surroundings.service
    session = _session(host, name, surroundings)
    session.variables.update({**_KEYS, "INCIDENT_DESK_TOKEN": service.token})
    session.give(host.access(service.url))
    session.configure(block, url=service.url)
    output = session.run("mcp", "list")
    if "incident-desk" not in output or host.usable not in output:
        raise Fault(f"{host.command} mcp list does not list {block}:\n{output}")


def _verify_conversation(host: Host, block: Block, surroundings: Surroundings) -> int:
    """The tools, the instructions, all calls, and their answers.

    Returns: how many calls with an unlisted argument the host refused.
    """
    session = _session(host, "conversation", surroundings)
    session.variables.update(_KEYS)
    session.configure(block)
    conversation = hold(session, [*_steps(CASES), *surroundings.unlisted])
    checks.check_keys(conversation)
    checks.check_tools(conversation)
    checks.check_instructions(conversation)
    refusals = checks.check_calls(conversation)
    checks.check_cases(conversation, CASES, refusals)
    steps = [case.step for case in CASES]
    return len([refusal for refusal in refusals if refusal.step not in steps])


def _verify_without_keys(host: Host, block: Block, surroundings: Surroundings) -> None:
    """Without keys, the model gets to know what to configure."""
    session = _session(host, "without-keys", surroundings)
    session.configure(block, has_keys=False)
    conversation = hold(session, _steps(WITHOUT_KEYS))
    refusals = checks.check_calls(conversation)
    checks.check_cases(conversation, WITHOUT_KEYS, refusals)


def _session(host: Host, name: str, surroundings: Surroundings) -> Session:
    folder = surroundings.folder / host.title.replace(" ", "-") / name
    return Session(host, folder, surroundings.programs, surroundings.vendors)


def _steps(cases: Sequence[Case]) -> list[Step]:
    return [case.step for case in cases]
