"""The limits of a call: time, requests to a vendor, incidents and characters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits for calls and for the requests that they make. Times are in seconds.

    * `timeout_s`: for one call, with its retries and its waiting.
    * `summary_timeout_s`: the same for a call that reads all incidents that match.
    * `summary_max`: how many incidents such a call may read.
    * `retries`: how often a request to a vendor is sent again after a failure that may pass.
    * `backoff_s`: about how long to wait before the first retry; the next wait is twice as long.
    * `max_in_flight`: requests to one vendor at the same time.
    * `requests_per_minute`: to one vendor; None means nine tenths of what the vendor allows.
    * `max_result_chars`: characters of a result's text. Those beyond ASCII count as their bytes in
      UTF-8. Gemini CLI cuts results of 40,000 characters, and counts 41 characters of its own.
    """

    timeout_s: float = 50
    summary_timeout_s: float = 90
    summary_max: int = 5_000
    retries: int = 2
    backoff_s: float = 0.5
    max_in_flight: int = 8
    requests_per_minute: int | None = None
    max_result_chars: int = 39_900

    @property
    def retry_time_s(self) -> float:
        """The time that must be left for a retry. On the vendors' bad days a page takes 10 to 20 s.

        A retry that would be cut off only adds to the vendor's load.
        """
        return min(10, self.timeout_s / 5)

    @property
    def connect_time_s(self) -> float:
        """How long to wait for a connection, and then for its TLS handshake.

        It is as long as the time that a retry has. So even the last retry can find out why there is
        no connection, before the call's time is over.
        """
        return max(1, self.retry_time_s)
