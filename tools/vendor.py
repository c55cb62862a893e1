"""The address of a vendor's API, and what a request to it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ScopeProbe:
    """A small request that needs *scope*, which only a part of a tool uses.

    `purpose` names that part. If the key has the scope, the status is 200 or 404.
    """

    scope: str
    path: str
    purpose: str


# Compared and hashed by identity, because mappings have no hash.
@dataclass(frozen=True, eq=False)
class Vendor:
    """A REST API that authenticates with a bearer token.

    * `name`: the name in code, settings and logs, such as `incident_io`.
    * `title`: the name in texts for people and models.
    * `key_variable`, `url_variable`: the environment variables with the key, and with a base URL
      to use instead of `base_url`.
    * `requests_per_minute`: the documented limit for one key. By default, nine tenths of it are
      used; see `Limits`.
    * `probe_path`, `probe_params`: a small request that needs the same permission as the tools.
      It shows whether the vendor answers and accepts the key. `probe_rows` is the member of the
      answer with the list of rows.
    * `optional_scopes`: probes of permissions that only a part of a tool needs.
    * `key_source`: where people make a key, and what it must be allowed to do.
    * `not_found_hint`: text after the message of a 404 or 410, which says what else it may mean. It
      begins with a space.
    * `headers`: sent with every request.
    * `has_sandbox`: whether `sandbox/` emulates this vendor. With `--sandbox`, only the tools of
      such vendors are offered.
    """

    name: str
    title: str
    base_url: str
    key_variable: str
    url_variable: str
    requests_per_minute: int
    probe_path: str
    probe_params: Mapping[str, str]
    probe_rows: str
    optional_scopes: Sequence[ScopeProbe] = ()
    key_source: str = ""
    not_found_hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    has_sandbox: bool = False
