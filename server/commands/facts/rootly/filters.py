"""Single filters: unknown numbers, invalid dates, kinds, labels, and exclusions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import SPARSE, Account, Count, ids_of, meta_of
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.properties import EXACT, Property

_UNKNOWN_NUMBER = "999999999"
_INVALID_DATE = "2026-02-30"


async def gone(account: Account) -> Iterable[Fact]:
    account.check_incidents()
    filters = {"filter[sequential_id]": _UNKNOWN_NUMBER}
    answer = await account.ask({**SPARSE, "page[size]": "1", **filters})
    reason = f"an incident number that does not exist gets {answer.status}"
    if answer.status == 404:
        account.effective.add("sequential_id")
        return [Fact("gone", "404", reason)]
    if answer.status != 200:
        raise NotSeen(reason)
    if ids_of(answer):
        account.ignored.add("sequential_id")
        raise NotSeen("filter[sequential_id] has no effect")
    account.effective.add("sequential_id")
    account.counts.append(Count(0, meta_of(answer).get("total_count")))
    return [Fact("gone", "empty", f"{reason} and no rows")]


async def bad_date(account: Account) -> Iterable[Fact]:
    if "gte" not in account.effective:
        raise NotSeen("filter[created_at][gte] was not seen to have an effect")
    filters = {"filter[created_at][gte]": _INVALID_DATE}
    answer = await account.ask({**SPARSE, "page[size]": "1", **filters})
    reason = f"{_INVALID_DATE} gets {answer.status}"
    if answer.status == 400:
        return [Fact("bad_date", "refused", reason)]
    if answer.status != 200:
        raise NotSeen(reason)
    if ids_of(answer):
        return [Fact("bad_date", "ignored", f"{reason} and incidents")]
    return [Fact("bad_date", "nothing", f"{reason} and no rows")]


async def kind_filter(account: Account) -> Iterable[Fact]:
    by_kind = dict[str, set[str]]()
    for incident in account.incidents:
        by_kind.setdefault(str(incident.attributes.get("kind")), set()).add(incident.id)
    bases = [kind for kind in by_kind if f"{kind}_sub" in by_kind]
    if not bases:
        raise NotSeen("the first page has no kind together with its sub kind")
    own, sub = by_kind.pop(bases[0]), by_kind.pop(f"{bases[0]}_sub")
    others = set[str]().union(*by_kind.values())
    ids = set(await account.ids({"filter[kind]": bases[0]}))
    if not own & ids or not others or others & ids:
        raise NotSeen("filter[kind] does not find what it should")
    if sub & ids:
        return [Fact("kind_filter", "with_sub", "a kind also finds its sub kind")]
    return [Fact("kind_filter", "exact", "a kind does not find its sub kind")]


async def label_filter(account: Account) -> Iterable[Fact]:
    key, value, with_value, without_value = _label(account.incidents)
    texts = {"pair": f"{key}:{value}", "key": key, "value": value}
    matches = []
    for form, text in texts.items():
        ids = await account.ids({"filter[labels]": text})
        if without_value.id in ids:
            account.ignored.add("labels")
            raise NotSeen("filter[labels] has no effect")
        if with_value.id in ids:
            matches.append(form)
    if not matches:
        raise NotSeen("filter[labels] finds an incident neither by key, nor by value, nor by both")
    account.effective.add("labels")
    reason = f"filter[labels] finds an incident by {' and by '.join(matches)}"
    if len(matches) == len(texts):
        return [Fact("label_filter", "any", reason)]
    if len(matches) > 1:
        raise NotSeen(reason)
    return [Fact("label_filter", matches[0], reason)]


def _label(incidents: Sequence[Incident]) -> tuple[str, str, Incident, Incident]:
    """A label, an incident that has it, and one that has neither its key nor its value.

    Raises:
        NotSeen: there are none.
    """
    for with_value in incidents:
        for key, value in _plain_labels(with_value):
            for without_value in incidents:
                if {key, value}.isdisjoint(_words(without_value)):
                    return key, value, with_value, without_value
    raise NotSeen("no label that some incidents have and others do not")


def _plain_labels(incident: Incident) -> Iterator[tuple[str, str]]:
    """The labels that a filter can only understand in one way."""
    labels = incident.labels
    for key, value in labels.items():
        is_ambiguous = key in labels.values() or value in labels
        if not is_ambiguous and _is_plain(key) and _is_plain(value):
            yield key, value


def _is_plain(text: str) -> bool:
    return bool(text.strip()) and "," not in text and ":" not in text


def _words(incident: Incident) -> list[str]:
    """The keys and the values of the labels."""
    return [*incident.labels, *incident.labels.values()]


async def excluding(account: Account) -> Iterable[Fact]:
    """What `[not_in]` does with incidents that have no value."""
    property_, value, with_value, other = _values(account.incidents)
    without_value = [
        incident.id for incident in account.incidents if property_.of(incident) == frozenset()
    ]
    ids = await account.ids({f"filter[{property_.name}][not_in]": value})
    if with_value.id in ids:
        if property_.name in account.effective:
            account.ignored.add("not_in")
        raise NotSeen(f"filter[{property_.name}][not_in] has no effect")
    if other.id not in ids:
        raise NotSeen(f"filter[{property_.name}][not_in] does not find what it should")
    account.effective.add("not_in")
    if not set(without_value).isdisjoint(ids):
        return [Fact("excluding", "keeps", "[not_in] finds an incident without any value")]
    return [Fact("excluding", "drops", "[not_in] does not find an incident without any value")]


def _values(incidents: Sequence[Incident]) -> tuple[Property, str, Incident, Incident]:
    """A value, an incident that has only it, and one that has only others.

    Some incidents have no value of the property.

    Raises:
        NotSeen: there are no such incidents.
    """
    for property_ in EXACT:
        values = [(incident, property_.of(incident)) for incident in incidents]
        if all(own != frozenset() for _, own in values):
            continue
        with_values = [(incident, own) for incident, own in values if own]
        for (with_value, own), (other, others) in permutations(with_values, 2):
            if len(own) == 1 and own.isdisjoint(others):
                return property_, min(own), with_value, other
    raise NotSeen("the first page has no incidents with a value, with another one, and without any")
