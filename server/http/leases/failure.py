"""What can go wrong with Redis, in words without secrets."""

import re
import ssl
from enum import StrEnum

from redis import exceptions

from server.network_variables import CERTIFICATES


class Reason(StrEnum):
    """The kind of a failure: the label `reason` in the metrics."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    AUTHENTICATION = "authentication"
    MEMORY = "memory"
    CERTIFICATE = "certificate"
    OTHER = "other"


_TEXTS = {
    Reason.TIMEOUT: "Redis does not answer within 200 ms",
    Reason.CONNECTION: "Redis cannot be reached",
    Reason.AUTHENTICATION: "Redis refuses the user, the password or the command",
    Reason.MEMORY: "Redis has no memory left",
    Reason.CERTIFICATE: f"Redis' certificate is not trusted (see {CERTIFICATES[0]})",
    Reason.OTHER: "Redis refuses a command",
}
_REASONS: dict[type[Exception], Reason] = {
    exceptions.AuthenticationError: Reason.AUTHENTICATION,
    exceptions.AuthenticationWrongNumberOfArgsError: Reason.AUTHENTICATION,
    exceptions.NoPermissionError: Reason.AUTHENTICATION,
    exceptions.OutOfMemoryError: Reason.MEMORY,
    exceptions.BusyLoadingError: Reason.OTHER,
    exceptions.TimeoutError: Reason.TIMEOUT,
    TimeoutError: Reason.TIMEOUT,
    ssl.SSLCertVerificationError: Reason.CERTIFICATE,
    exceptions.ConnectionError: Reason.CONNECTION,
    OSError: Reason.CONNECTION,
}
"""The first type that fits decides: some are subtypes of later ones."""


class RedisFailure(Exception):
    """An exchange with Redis that failed. The text never contains the URL.

    *code* is the code of Redis' error. *text* says more than the reason does.
    """

    def __init__(self, reason: Reason, code: str = "", text: str = "") -> None:
        text = text or _TEXTS[reason]
        super().__init__(f"{text} ({code})" if code else text)
        self.reason = reason


def redis_failure(error: Exception) -> RedisFailure:
    """The failure for *error*, which the client or the network raised."""
    for cause in (error.__cause__, error.__context__, error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RedisFailure(Reason.CERTIFICATE)
    for error_type, reason in _REASONS.items():
        if isinstance(error, error_type):
            has_code = reason in (Reason.OTHER, Reason.AUTHENTICATION)
            return RedisFailure(reason, _code(error) if has_code else "")
    return RedisFailure(Reason.OTHER, _code(error))


def _code(error: Exception) -> str:
    """The code of Redis' error, such as READONLY. The rest of its text may contain anything."""
    status = getattr(error, "status_code", None)
    match = re.match(r"[A-Z]{3,20}\b", str(status or error))
    return match[0] if match else ""
