"""Rootly's errors."""

from http import HTTPStatus

from sandbox.route import Document, Reply

# As it was recorded. The documentation says `application/vnd.api+json`.
MEDIA_TYPE = {"Content-Type": "application/json; charset=utf-8"}

# The titles that are not the name of the status. A 404 may also mean a missing permission.
_TITLES = {404: "Not found or unauthorized"}


class RequestError(Exception):
    """The request is refused with `reply`."""

    def __init__(self, status: int, title: str | None = None, detail: str | None = None) -> None:
        self.reply = error(status, title, detail)


def error(status: int, title: str | None = None, detail: str | None = None) -> Reply:
    """The documented reply with this status.

    429 has another body. The statuses of gateways have a page of HTML, not JSON.
    """
    if status == 429:
        return Reply(429, {"error": "Rate limit exceeded. Try again later."}, MEDIA_TYPE)
    if status in (502, 503, 504):
        page = f"<html><head><title>{status} {HTTPStatus(status).phrase}</title></head></html>"
        return Reply(status, page.encode(), {"Content-Type": "text/html"})
    usual_title = _TITLES.get(status, HTTPStatus(status).phrase)
    entry: Document = {"title": title or usual_title, "status": str(status)}
    if detail:
        entry["detail"] = detail
    return Reply(status, {"errors": [entry]}, MEDIA_TYPE)
