"""The HTTP server of the board on this machine."""

import socket

import uvicorn

from server.board.desktop import DesktopBoard

_STOP_S = 3
"""Calls end within this time after their connection was closed."""


class DesktopServer(uvicorn.Server):
    """uvicorn's server, which also ends when the board is not used any more."""

    def __init__(self, board: DesktopBoard, idle_minutes: float) -> None:
        config = uvicorn.Config(
            board,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_STOP_S,
        )
        super().__init__(config)
        self._board = board
        self._idle_minutes = idle_minutes

    @property
    def _is_idle(self) -> bool:
        return self._board.idle_s > self._idle_minutes * 60

    @property
    def is_closed(self) -> bool:
        """Whether nobody has access any more."""
        return self._board.entrance.is_closed

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop. uvicorn asks ten times a second."""
        return await super().on_tick(counter) or self._is_idle or self.is_closed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the running calls, too. Otherwise the end would wait for a vendor."""
        for connection in [*self.server_state.connections]:
            connection.transport.close()
        await super().shutdown(sockets)
