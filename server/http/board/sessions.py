"""Sessions of the board: texts that say who has logged in, and when."""

import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

_SESSION = re.compile(
    r"(?P<started_at>\d{1,12})\.(?P<subject>[0-9a-z]{1,64})\.(?P<mac>[0-9a-f]{64})"
)
_CLOCK_SKEW_S = 60
"""The clocks of two copies can differ by this."""


@dataclass(frozen=True)
class Sessions:
    """Makes and checks sessions that last *lifetime_s*.

    A session is text: when it started, its subject (what identifies the person), and an HMAC of
    both. So every process with the same *secret* accepts it, and nothing is stored. That also means
    that a copy of it is valid until the session is over, even after the person has logged out.
    """

    secret: str = field(repr=False)
    lifetime_s: int
    clock: Callable[[], float] = time.time

    def start(self, subject: str) -> str:
        """A new session. *subject* has up to 64 digits and lower-case letters."""
        started_at = str(int(self.clock()))
        return f"{started_at}.{subject}.{self._mac(started_at, subject)}"

    def subject(self, session: str) -> str | None:
        """The subject of a session; None if it is over, or was not made with this secret."""
        parts = _SESSION.fullmatch(session)
        if parts is None:
            return None
        started_at, subject, mac = parts.groups()
        if not hmac.compare_digest(mac, self._mac(started_at, subject)):
            return None
        age_s = self.clock() - int(started_at)
        return subject if -_CLOCK_SKEW_S <= age_s < self.lifetime_s else None

    def _mac(self, started_at: str, subject: str) -> str:
        message = f"incident-desk board session {started_at}.{subject}"
        return hmac.new(self.secret.encode(), message.encode(), sha256).hexdigest()
