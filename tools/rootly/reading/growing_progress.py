"""Reports the progress of a call that may read something again."""

from dataclasses import dataclass

from tools.connection import Connection


@dataclass
class GrowingProgress:
    """The progress of a call. What is reported only grows, as MCP asks."""

    connection: Connection
    _reported: int = 0

    async def report(self, number: int, total: int) -> None:
        """Report that *number* of *total* incidents were read, if that is more than before."""
        if self._reported < number <= total:
            self._reported = number
            await self.connection.progress(number, total)
