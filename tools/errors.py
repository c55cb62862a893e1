"""The errors that an agent can get.

* ToolError
  + InvalidArguments     refused before the network; `details` has every wrong argument
  + NotConfigured        the vendor's key is not set, or a setting is wrong
  + Unauthorized         401
  + Forbidden            403
  + NotFound             404, 410; a reference that names no incident that the key can see
  + Rejected             400, 409, 415, 422 and every other 4xx
  + TooLarge             more matches than one answer may cover
  + RateLimited          429, or too many calls at once; `retry_after_s` if known (retryable)
  + Unavailable          5xx, no connection (retryable, unless it cannot pass by itself)
  + TimedOut             408, or no answer in time (retryable)
  + UnexpectedResponse   a redirect, or a 2xx that is not what the vendor documents

The messages are our own. A vendor's words are quoted only after `tools.text` has cleaned and cut
them. A message never has a key, a full URL or a raw body. Any other exception is a bug, for which
the server answers with `internal`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar


class ToolError(Exception):
    """An error with a message that is safe to show and says what to do.

    `details` describes wrong arguments, one mapping for each, and `more_details` counts those that
    are not described. `request_id` is the vendor's own, for its support. `retryable` says whether
    the same call may succeed later.
    """

    code: ClassVar[str]
    retryable: bool = False

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
    """Raise a single error in place of a task group's exception group.

    If there is a bug among the errors, it is raised; otherwise the error that happened first.
    """
    try:
        yield
    except ExceptionGroup as group:
        errors = [*_leaves(group)]
        bugs = [error for error in errors if not isinstance(error, ToolError)]
        raise (bugs or errors)[0] from group


def _leaves(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
