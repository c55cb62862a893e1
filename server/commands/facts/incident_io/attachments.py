"""What the list of attachments answers to unusual questions."""

from collections.abc import Iterable, Mapping

from server.commands.facts.client import Answer
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.incident_io.account import (
    Account,
    Attachment,
    attachments_of,
    ids_of,
    resource_of,
)

_UNKNOWN_INCIDENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_UNKNOWN_TYPE = "incident_desk_probe"
_UNKNOWN_ID = "incident-desk-probe"


async def gone(account: Account) -> Iterable[Fact]:
    answer = await _ask(account, {"incident_id": _UNKNOWN_INCIDENT})
    reason = f"the id of no incident gets {answer.status}"
    if answer.status == 404:
        return [Fact("gone", "404", reason)]
    return [_empty("gone", answer, reason)]


async def unknown_type(account: Account) -> Iterable[Fact]:
    answer = await _ask(account, {"resource_type": _UNKNOWN_TYPE, "external_id": _UNKNOWN_ID})
    reason = f"an unknown resource type gets {answer.status}"
    if answer.status == 422:
        return [Fact("unknown_type", "refused", reason)]
    return [_empty("unknown_type", answer, reason)]


async def _ask(account: Account, params: Mapping[str, str]) -> Answer:
    """The answer to an unusual question.

    Raises:
        NotSeen: there was none, or usual questions are refused, too.
    """
    account.check_attachments()
    return await account.ask(params)


def _empty(dial: str, answer: Answer, reason: str) -> Fact:
    """The value `empty` of the dial.

    Raises:
        NotSeen: the answer is not an empty list.
    """
    if answer.status != 200 or attachments_of(answer):
        raise NotSeen(reason)
    return Fact(dial, "empty", f"{reason} and no attachments")


async def both_modes(account: Account) -> Iterable[Fact]:
    """Ask for one incident together with a resource that only another one has."""
    incident_id, attachments, other = _two_incidents(account)
    answer = await account.ask({"incident_id": incident_id, **resource_of(other)})
    if answer.status == 422:
        return [Fact("both_modes", "refused", "both together get 422")]
    if answer.status != 200:
        raise NotSeen(f"both together get {answer.status}")
    ids = ids_of(attachments_of(answer))
    if not ids:
        return [Fact("both_modes", "intersection", "nothing matches both")]
    if ids == ids_of(attachments):
        return [Fact("both_modes", "incident", "the attachments of the incident")]
    if str(other.get("id")) in ids and ids.isdisjoint(ids_of(attachments)):
        return [Fact("both_modes", "resource", "the attachments of the resource")]
    raise NotSeen("both together get other attachments")


def _two_incidents(account: Account) -> tuple[str, list[Attachment], Attachment]:
    """An incident, its attachments, and an attachment that only another incident has.

    Raises:
        NotSeen: there are none.
    """
    for id_, attachments in account.by_incident.items():
        own = [resource_of(attachment) for attachment in attachments]
        for other_id, others in account.by_incident.items():
            for other in others:
                if other_id != id_ and resource_of(other) not in own:
                    return id_, attachments, other
    raise NotSeen(f"fewer than two of {len(account.answers)} incidents have attachments")


async def half_a_mode(account: Account) -> Iterable[Fact]:
    """Ask for a resource type alone: for one that only some attachments have, if there is one."""
    types = _types(account.attachments)
    type_ = types[0] if types else "zendesk_ticket"
    answer = await _ask(account, {"resource_type": type_})
    if answer.status == 422:
        return [Fact("half_a_mode", "refused", "a resource type alone gets 422")]
    if answer.status != 200:
        raise NotSeen(f"a resource type alone gets {answer.status}")
    answer_types = set(_types(attachments_of(answer)))
    if answer_types - {type_}:
        return [Fact("half_a_mode", "all", "a resource type alone also gets other types")]
    if type_ in answer_types and set(types) - {type_}:
        return [Fact("half_a_mode", "heeded", "a resource type alone gets only that type")]
    raise NotSeen("the attachments that were read have only one type")


def _types(attachments: Iterable[Attachment]) -> list[str]:
    return [resource_of(attachment)["resource_type"] for attachment in attachments]


async def external_ids(account: Account) -> Iterable[Fact]:
    """Ask for a resource by its id, and by the id with capital and small letters exchanged."""
    account.check_attachments()
    resources = [resource_of(attachment) for attachment in account.attachments]
    with_letters = [resource for resource in resources if _has_letters(resource["external_id"])]
    if not with_letters:
        raise NotSeen("no attachment that was read has an external id with letters")
    resource = with_letters[0]
    external_id = resource["external_id"]
    if not attachments_of(await account.ask(resource)):
        raise NotSeen("a resource is not found by its own id")
    answer = await account.ask({**resource, "external_id": external_id.swapcase()})
    if answer.status != 200:
        raise NotSeen(f"an id with exchanged letters gets {answer.status}")
    ids = {resource_of(attachment)["external_id"] for attachment in attachments_of(answer)}
    if external_id in ids:
        return [Fact("external_ids", "any_case", "an id with exchanged letters finds the resource")]
    if ids:
        raise NotSeen("an id with exchanged letters finds another resource")
    return [Fact("external_ids", "exact", "an id with exchanged letters finds nothing")]


def _has_letters(text: str) -> bool:
    return text != text.swapcase()
