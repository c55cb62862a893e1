"""The principal of a request: the authenticated caller."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """An authenticated caller.

    `source` says how the caller was authenticated: `account`, `oauth` or `local`. An account and
    an OAuth subject of the same name are two principals. `tools` are the names of the tools that
    the principal may call; None means all of them.
    """

    name: str
    tools: frozenset[str] | None = None
    source: str = "account"

    @property
    def identity(self) -> tuple[str, str]:
        """The key for limits. It does not change when the tools of an account change."""
        return (self.source, self.name)

    def may_call(self, tool: str) -> bool:
        return self.tools is None or tool in self.tools


LOCAL = Principal("local", source="local")
"""Every caller of a server that requires no token."""
