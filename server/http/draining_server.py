"""uvicorn's server, which drains before it stops."""

import uvicorn
from uvicorn.supervisors.multiprocess import Process

from server.http.supervisor import is_orphan


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which accepts requests until its application's drain has ended.

    A second SIGINT ends the drain, and so does the end of the parent process. Nobody supervises an
    orphan, and a new service needs the port.
    """

    async def on_tick(self, counter: int) -> bool:
        """Whether to close the socket and stop. uvicorn asks ten times a second."""
        if not await super().on_tick(counter):
            return False
        drain = self.config.loaded_app.drain
        drain.begin()
        return drain.has_ended or self.force_exit or is_orphan()


class DrainingProcess(Process):
    """A process of the supervisor with a `DrainingServer`."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = DrainingServer(self.config)
        return self._server
