"""Where a vendor's API lives and how it wants to be called."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vendor:
    """A REST API that authenticates with a bearer token.

    `key_variable` and `url_variable` are the environment variables with the key, and with a base URL in place of `base_url`.
    `headers` go with every request. `requests_per_minute` is the documented limit for one key. `not_found_hint` says what
    else a 404 may mean there. `probe_path` and `probe_params` are a small request that needs the same permission as the
    tools: it shows whether the vendor answers, and accepts the key.
    """

    name: str
    title: str
    base_url: str
    key_variable: str
    url_variable: str
    requests_per_minute: int
    probe_path: str
    probe_params: Mapping[str, str] = field(hash=False)
    not_found_hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
