"""The principal of a request: the authenticated caller."""

from dataclasses import dataclass, field

from server.caller import Caller
from server.vendor_key import Keys, VendorKey


@dataclass(frozen=True)
class Principal:
    """An authenticated caller.

    `source` says how the caller was authenticated: `account`, `oauth` or `local`. An account and
    an OAuth subject of the same name are two principals. `tools` are the names of the tools that
    the principal may call; None means all of them. `keys` are the vendor keys that its requests
    use, by vendor name.
    """

    name: str
    tools: frozenset[str] | None = None
    source: str = "account"
    keys: Keys = field(default_factory=dict[str, VendorKey], repr=False)

    @property
    def identity(self) -> tuple[str, str]:
        """The key for limits. It does not change when the tools of an account change."""
        return (self.source, self.name)

    @property
    def is_anonymous(self) -> bool:
        """Whether this is every caller of a server that requires no token."""
        return self.source == LOCAL.source

    @property
    def caller(self) -> Caller:
        return Caller(self.identity, self.keys, self.tools, can_configure=self.is_anonymous)

    def may_call(self, tool: str) -> bool:
        return self.caller.may_call(tool)


LOCAL = Principal("local", source="local")
"""Every caller of a server that requires no token, without keys."""
