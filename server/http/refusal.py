"""Refusals: HTTP error responses, and the log of their reasons."""

import logging
from collections.abc import Mapping

from starlette.responses import JSONResponse

from server.http.rate_limited_log import RateLimitedLog

logger = logging.getLogger(__name__)

_MAX_LOG_CHARS = 300


class Refusal(Exception):
    """A request is refused. The exception's text is the message for the client.

    `reason` is a short name for the metrics. `log` says why the request was refused, and which
    setting decides that. It is for the operator, and never reaches the client.
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
        error = {"code": self.reason, "message": str(self)}
        return JSONResponse({"error": error}, self.status, self.headers)


class InvalidMessage(Refusal):
    """The body is not a valid JSON-RPC message.

    The response is a JSON-RPC error. Its id is null, because the id in the body may be wrong.
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(400, reason, message)
        self.code = code

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": str(self)}
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, self.status)


class RefusalLog:
    """Logs why requests are refused, at a limited rate."""

    def __init__(self) -> None:
        self._log = RateLimitedLog(logger)

    def log(self, refusal: Refusal) -> None:
        if refusal.log:
            reason = refusal.log[:_MAX_LOG_CHARS]
            self._log.warning(f"Refused ({refusal.status} {refusal.reason}): {reason}.")
