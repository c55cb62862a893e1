"""The caller of a tool: whose turn it is, and which vendor keys its requests use."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from server.vendor_key import Keys, VendorKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from mcp.server import ServerRequestContext

    from server.dispatcher import Dispatcher


@dataclass(frozen=True)
class Caller:
    """The caller of a tool.

    * `identity`: callers take turns if requests to a vendor have to wait.
    * `keys`: the vendor keys that its requests use. It never sees an answer to another key.
    * `can_configure`: whether it may be told to set variables. Somebody who uses the service of
      other people cannot do that.
    """

    identity: Hashable = ""
    keys: Keys = field(default_factory=dict[str, VendorKey], repr=False)
    can_configure: bool = True


def caller_of(context: "ServerRequestContext[Dispatcher]") -> Caller:
    """The caller of an MCP request."""
    # Over HTTP, middleware has identified the caller. Over stdio there is only one.
    request: Any = context.request
    if request is None:
        return Caller(keys=context.lifespan_context.service_keys)
    caller: Caller = request.state.principal.caller
    return caller
