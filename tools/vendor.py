"""Where a vendor's API is, and how to call it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Vendor:
    """A REST API that authenticates with a bearer token.

    * `key_variable`, `url_variable`: the environment variables with the key, and with a base URL
      to use instead of `base_url`.
    * `requests_per_minute`: the documented limit for one key.
    * `probe_path`, `probe_params`: a small request that needs the same permission as the tools.
      It shows whether the vendor answers and accepts the key.
    * `not_found_hint`: what else a 404 may mean.
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
    not_found_hint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    has_sandbox: bool = False
