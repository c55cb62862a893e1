"""An HTTP answer given in place of serving a request."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


class Refusal(Exception):
    """`reason` is a short name for graphs, the message is for the client; neither says anything about others."""

    def __init__(self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        return JSONResponse({"error": {"code": self.reason, "message": str(self)}}, self.status, self.headers)
