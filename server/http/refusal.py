"""An HTTP answer given in place of serving a request."""

import logging
from collections.abc import Mapping

from starlette.responses import JSONResponse

from server.http.bounded_log import BoundedLog

logger = logging.getLogger(__name__)

_MAX_LOG = 300


class Refusal(Exception):
    """`reason` is a short name for metrics, and the message is for the client.

    `log` is for the operator: why this request was refused, and which setting to look at. It never reaches the client.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        log: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})
        self.log = log

    def response(self) -> JSONResponse:
        return JSONResponse(
            {"error": {"code": self.reason, "message": str(self)}}, self.status, self.headers
        )


class InvalidMessage(Refusal):
    """The body is not a JSON-RPC message. The answer is JSON-RPC's own, without an id, because none can be relied on."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(400, reason, message)
        self.code = code

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": str(self)}
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, self.status)


class RefusalLog:
    """Tells the operator why requests are refused. Clients cannot flood it, whatever they send."""

    def __init__(self) -> None:
        self._log = BoundedLog(logger)

    def refused(self, refusal: Refusal) -> None:
        if refusal.log:
            self._log.warning(
                f"Refused ({refusal.status} {refusal.reason}): {refusal.log[:_MAX_LOG]}."
            )
