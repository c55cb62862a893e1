"""Verifies one host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import checks
from cases import CASES, WITHOUT_KEYS, Case
from conversation import converse
from fault import Fault
from host import Host
from model.endpoint import Step
from pages import Block, blocks, page_of
from servers import Service
from session import KEY, KEY_NAMES, SERVER, Session


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

    def session(self, host: Host, name: str, *, has_keys: bool = True) -> Session:
        """A session whose environment has what the pages refer to."""
        folder = self.folder / host.title.replace(" ", "-") / name
        session = Session(host, folder, self.programs, self.vendors)
        session.variables["INCIDENT_DESK_TOKEN"] = self.service.token
        if has_keys:
            session.variables.update(dict.fromkeys(KEY_NAMES, KEY))
        return session


def verify(host: Host, surroundings: Surroundings) -> str:
    """Do all checks with *host*.

    Returns: what was verified, for people.

    Raises:
        Fault: one that failed.
    """
    configurations = blocks(host.name)
    commands = [block for block in configurations if block.has_keys]
    if not commands:
        raise Fault(f"docs/hosts has no configuration: <!-- config: {host.name} | … -->")
    for number, block in enumerate(configurations):
        _verify_listing(host, block, f"listing-{number}", surroundings)
        if block.has_url:
            _verify_service(host, block, f"service-{number}", surroundings)
    refused = _verify_conversation(host, commands[0], surroundings)
    _verify_without_keys(host, commands[0], surroundings)
    _verify_prompt(host, commands[0], surroundings)
    for setting in host.settings:
        if setting not in page_of(host.name):
            raise Fault(f"docs/hosts/{host.name}.md does not name {setting}")
    return (
        f"{len(configurations)} configurations, {len(CASES) + len(WITHOUT_KEYS)} answers,"
        f" {len(surroundings.unlisted)} unlisted arguments ({refused} refused by the host)"
    )


def _verify_listing(host: Host, block: Block, name: str, surroundings: Surroundings) -> None:
    """The host reads a configuration of its page, and lists a server that it can use."""
    session = surroundings.session(host, name)
    session.apply(host.access("http://127.0.0.1:9"))  # it asks no model
    session.configure(block, url=surroundings.service.url)
    output = session.run("mcp", "list")
    if SERVER not in output or host.usable not in output:
        raise Fault(f"{host.command} mcp list does not list {block}:\n{output}")


def _verify_service(host: Host, block: Block, name: str, surroundings: Surroundings) -> None:
    """A call reaches the service over HTTP, with the token of an account."""
    session = surroundings.session(host, name)
    session.configure(block, url=surroundings.service.url)
    conversation = converse(session, _steps(CASES[:1]))
    if not any('"source":"sandbox"' in result for result in conversation.results()):
        raise Fault(f"over HTTP, the model gets {conversation.results()}:\n{conversation.output}")


def _verify_conversation(host: Host, block: Block, surroundings: Surroundings) -> int:
    """The tools, the instructions, all calls, and their answers.

    Returns: how many calls with an unlisted argument the host refused.
    """
    session = surroundings.session(host, "conversation")
    session.configure(block)
    steps = _steps(CASES)
    conversation = converse(session, [*steps, *surroundings.unlisted])
    checks.check_keys(conversation)
    checks.check_tools(conversation)
    checks.check_instructions(conversation)
    refusals = checks.check_calls(conversation)
    checks.check_cases(conversation, CASES, refusals)
    return len([refusal for refusal in refusals if refusal.step not in steps])


def _verify_without_keys(host: Host, block: Block, surroundings: Surroundings) -> None:
    """Without keys, the model gets to know what to configure."""
    session = surroundings.session(host, "without-keys", has_keys=False)
    session.configure(block, has_keys=False)
    conversation = converse(session, _steps(WITHOUT_KEYS))
    refusals = checks.check_calls(conversation)
    checks.check_cases(conversation, WITHOUT_KEYS, refusals)


def _verify_prompt(host: Host, block: Block, surroundings: Surroundings) -> None:
    """The text of a prompt reaches the model. A host without prompts does not ask for them."""
    session = surroundings.session(host, "prompt")
    session.configure(block)
    conversation = converse(session, (), host.prompt)
    checks.check_prompt(conversation)


def _steps(cases: Sequence[Case]) -> list[Step]:
    return [case.step for case in cases]
