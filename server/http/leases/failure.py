"""What can go wrong with Redis, in words without secrets."""

import re
import ssl
from enum import StrEnum

from redis import exceptions

from server.network_variables import CERTIFICATES


class Reason(StrEnum):
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    AUTHENTICATION = "authentication"
    MEMORY = "memory"
    CERTIFICATE = "certificate"
    OTHER = "other"


_TEXTS = {
    Reason.TIMEOUT: "Redis does not answer within 200 ms",
    Reason.CONNECTION: "Redis cannot be reached",
    Reason.AUTHENTICATION: "Redis refuses the user or the password",
    Reason.MEMORY: "Redis has no memory left",
    Reason.CERTIFICATE: f"Redis' certificate is not trusted (see {CERTIFICATES[0]})",
    Reason.OTHER: "Redis refuses the script",
}
_REASONS: dict[type[Exception], Reason] = {
    exceptions.AuthenticationError: Reason.AUTHENTICATION,
    exceptions.AuthenticationWrongNumberOfArgsError: Reason.AUTHENTICATION,
    exceptions.NoPermissionError: Reason.AUTHENTICATION,
    exceptions.OutOfMemoryError: Reason.MEMORY,
    exceptions.BusyLoadingError: Reason.OTHER,
    exceptions.MasterDownError: Reason.OTHER,
    exceptions.TimeoutError: Reason.TIMEOUT,
    TimeoutError: Reason.TIMEOUT,
    ssl.SSLCertVerificationError: Reason.CERTIFICATE,
    exceptions.ConnectionError: Reason.CONNECTION,
    OSError: Reason.CONNECTION,
}
"""The first type that fits decides: some are subtypes of later ones."""


class RedisFailure(Exception):
    """An exchange with Redis that failed. The text has nothing of the URL."""

    def __init__(self, reason: Reason, code: str = "") -> None:
        super().__init__(_TEXTS[reason] + (f" ({code})" if code else ""))
        self.reason = reason


def redis_failure(error: Exception) -> RedisFailure:
    """The failure that *error*, of the client or of the network, is."""
    for cause in (error.__cause__, error.__context__, error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return RedisFailure(Reason.CERTIFICATE)
    for error_type, reason in _REASONS.items():
        if isinstance(error, error_type):
            return RedisFailure(reason, _code(error) if reason is Reason.OTHER else "")
    return RedisFailure(Reason.OTHER, _code(error))


def _code(error: Exception) -> str:
    """The code of Redis' error, such as READONLY. Other words of it may be anything."""
    status = getattr(error, "status_code", None)
    match = re.match(r"[A-Z]{3,20}\b", str(status or error))
    return match[0] if match else ""
