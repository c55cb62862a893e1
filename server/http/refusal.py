"""An HTTP answer given in place of serving a request."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


class Refusal(Exception):
    """`reason` is a short name for metrics, and the message is for the client.

    `log` is for the operator: why this request was refused, and which setting to look at. It never reaches the client.
    """

    def __init__(
        self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None, *, log: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})
        self.log = log

    def response(self) -> JSONResponse:
        return JSONResponse({"error": {"code": self.reason, "message": str(self)}}, self.status, self.headers)


class InvalidMessage(Refusal):
    """The body is not a JSON-RPC message. The answer is JSON-RPC's own, without an id, because none can be relied on."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(400, reason, message)
        self.code = code

    def response(self) -> JSONResponse:
        error = {"code": self.code, "message": str(self)}
        return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, self.status)
