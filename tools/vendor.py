"""Where a vendor's API lives and how it wants to be called."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vendor:
    """A REST API that authenticates with a bearer token.

    `headers` go with every request. `requests_per_minute` is the documented limit for one key. `not_found_hint` says what
    else a 404 may mean there.
    """

    name: str
    title: str
    base_url: str
    requests_per_minute: int
    not_found_hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
