"""The caller of a tool: whose turn it is, and which vendor keys its requests use."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from server.vendor_key import Keys, VendorKey
from tools.catalogue import RIGHTS


@dataclass(frozen=True)
class Caller:
    """The caller of a tool.

    * `identity`: callers take turns if requests to a vendor have to wait.
    * `keys`: the vendor keys that its requests use. It never sees an answer to another key.
    * `tools`: the names of the tools that it may call; None means all of them.
    * `can_configure`: whether it may be told to set variables. Somebody who uses the service of
      other people cannot do that.
    """

    identity: Hashable = ""
    keys: Keys = field(default_factory=dict[str, VendorKey], repr=False)
    tools: frozenset[str] | None = None
    can_configure: bool = True

    def may_call(self, tool: str) -> bool:
        return self.tools is None or RIGHTS.get(tool, tool) in self.tools
