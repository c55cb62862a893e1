"""The vendor keys that a vendor refuses."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from server.http.escaping import quote
from server.vendor_key import SERVICE, NamedKey

_MAX_WARNINGS = 10


class RefusedKeys:
    """The vendor keys that the vendors refuse, by their last answers.

    *on_judgement* gets the vendor, the key's short name and whether it is refused, each time that
    an answer has shown it.
    """

    def __init__(self, on_judgement: Callable[[str, str, bool], None] = lambda *_: None) -> None:
        self._on_judgement = on_judgement
        self._refused: dict[tuple[str, str], None] = {}
        """By vendor and short name, in the order in which they were refused."""

    def judge(self, vendor: str, short_name: str, *, is_refused: bool) -> None:
        if is_refused:
            self._refused.setdefault((vendor, short_name))
        else:
            self._refused.pop((vendor, short_name), None)
        self._on_judgement(vendor, short_name, is_refused)

    def has_service_key(self, vendor: str) -> bool:
        """Whether *vendor* refuses the service's key."""
        return (vendor, SERVICE) in self._refused

    def forget(self, keys: Iterable[NamedKey]) -> None:
        """Forget what was known of *keys*. Their short names may stand for other keys next."""
        for vendor, key in keys:
            self.judge(vendor, key.short_name, is_refused=False)

    def warnings(self) -> Iterator[str]:
        """A text for each refused key of an account, at most ten."""
        refused = [(vendor, name) for vendor, name in self._refused if name != SERVICE]
        for vendor, name in islice(refused, _MAX_WARNINGS):
            yield f"{vendor} refuses the key of the account {quote(name)}"
        if len(refused) > _MAX_WARNINGS:
            yield f"{len(refused) - _MAX_WARNINGS} more keys of accounts are refused"
