"""The failures that an agent may see.

* ToolError
  + InvalidArguments     refused before the network; `details` has every wrong argument
  + NotConfigured        the vendor's key is not set
  + Unauthorized         401
  + Forbidden            403
  + NotFound             404, 410
  + Rejected             400, 409, 415, 422 and every other 4xx
  + TooLarge             more matches than one answer may cover
  + RateLimited          429; `retry_after_s` where it is known (retryable)
  + Unavailable          5xx, no connection (retryable)
  + TimedOut             408, or no answer in time (retryable)
  + UnexpectedResponse   a redirect, or a 2xx that is not what the vendor documents

Messages are ours. Where a vendor's own words are worth quoting, `tools.text` has cleaned and cut them; a key, a full URL or
a raw body is never in one. What is none of these is a bug, and the server answers `internal` for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar


class ToolError(Exception):
    """A failure whose message is safe to show and says what to do.

    `details` are for `invalid_arguments`: one mapping per wrong argument, and `more_details` how many more there are.
    `request_id` is the vendor's own, for its support.
    """

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        more_details: int = 0,
        retry_after_s: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.details = details
        self.more_details = more_details
        self.retry_after_s = retry_after_s
        self.request_id = request_id


class InvalidArguments(ToolError):
    code = "invalid_arguments"


class NotConfigured(ToolError):
    code = "not_configured"


class Unauthorized(ToolError):
    code = "unauthorized"


class Forbidden(ToolError):
    code = "forbidden"


class NotFound(ToolError):
    code = "not_found"


class Rejected(ToolError):
    code = "rejected"


class TooLarge(ToolError):
    code = "too_large"


class RateLimited(ToolError):
    code = "rate_limited"
    retryable = True


class Unavailable(ToolError):
    code = "unavailable"
    retryable = True


class TimedOut(ToolError):
    code = "timeout"
    retryable = True


class UnexpectedResponse(ToolError):
    code = "unexpected_response"


@contextmanager
def ungrouped() -> Iterator[None]:
    """Around a task group: the first of its failures by itself, so that it can be told."""
    try:
        yield
    except ExceptionGroup as group:
        first: Exception = group
        while isinstance(first, ExceptionGroup):
            first = next(
                (error for error in first.exceptions if not isinstance(error, ToolError)),
                first.exceptions[0],
            )
        raise first from group
