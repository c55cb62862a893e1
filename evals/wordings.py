"""How people ask whether a cause of an incident has occurred before.

They were written from the one-line descriptions of the causes in the sandbox's table `families`,
without reading the incidents of these families. So the words are not made for the incidents' texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Three texts about one cause: a few words, a pasted alert, and what someone says in a chat."""

    terse: str
    alert: str
    chat: str


WORDINGS: Mapping[str, Wording] = {
    "connection-pool": Wording(
        "connection pool exhausted",
        "[FIRING:1] HikariPool-1 - Connection is not available, request timed out after 30000ms"
        " (total=20, active=20, idle=0, waiting=57)",
        "Requests hang because the app has no free database connections left. Has that happened"
        " before?",
    ),
    "expired-certificate": Wording(
        "TLS cert expired",
        "CRITICAL: SSL handshake failed: x509: certificate has expired or is not yet valid: current"
        " time 2026-11-22T01:58:03Z is after 2026-11-21T23:59:59Z",
        "Nobody renewed the certificate, and now clients refuse to connect to us. When did we last"
        " have this?",
    ),
    "full-disk": Wording(
        "disk full, logs",
        "DiskSpaceCritical: /var/log on node-7 is 100% full (0 B free). write failed: no space left"
        " on device",
        "A service wrote so many debug logs that the disk ran out of space and it could not write"
        " any more. Have we seen that?",
    ),
    "feature-flag": Wording(
        "bad feature flag rollout",
        "Flag new-checkout-flow changed: 5% -> 100% (all users). Error rate 14% since 01:32 UTC,"
        " threshold 2%",
        "Someone switched on a feature toggle for everybody, and the new code path is broken. Did"
        " we have that before?",
    ),
    "dns": Wording(
        "DNS lookup failures",
        "dial tcp: lookup db-primary.internal on 10.0.0.2:53: no such host (NXDOMAIN)",
        "Services cannot find each other because host names resolve to old addresses. What did we"
        " do last time?",
    ),
    "batch-job": Wording(
        "batch job overloading database",
        "Alert: db-primary CPU 98% for 15m. Top query from nightly-export (cron), 412 active"
        " sessions, p99 latency 9.4s",
        "A nightly job is hogging the database, and everything that customers do has become slow."
        " Has that happened before?",
    ),
    "clock-skew": Wording(
        "clock skew ntp",
        "NodeClockNotSynchronising: node-12 clock offset is 312s from NTP. JWT rejected: token used"
        " before issued (iat)",
        "The time on one of our servers is wrong, so valid tokens are rejected as expired. Have we"
        " had that?",
    ),
    "poisoned-cache": Wording(
        "bad response cached",
        "CDN HIT ratio 99%, but 37% of cached responses for /api/products are 500 or empty;"
        " age: 2210s",
        "The cache serves a wrong page to everyone until we purge it. Has this happened before?",
    ),
    "region-network": Wording(
        "packet loss in one region",
        "Synthetic checks failing: 23% packet loss eu-central-1 <-> us-east-1, provider status"
        " page: network connectivity issues",
        "The cloud provider's network drops packets between two zones; nothing was deployed on our"
        " side. When was the last time?",
    ),
    "partner-rate-limit": Wording(
        "429 from partner API",
        "HTTP 429 Too Many Requests from api.partner.example.com, X-RateLimit-Remaining: 0,"
        " Retry-After: 60; 1,204 failures in 5 min",
        "Our supplier throttles us because we call its API too often. How did we solve it before?",
    ),
    "migration-lock": Wording(
        "schema migration locked table",
        "canceling statement due to lock timeout: ALTER TABLE orders ADD COLUMN waiting for"
        " AccessExclusiveLock; 180 queries blocked for 240s",
        "A database migration is holding a lock, and all queries on that table are stuck. Did we"
        " have that earlier?",
    ),
    "memory-leak": Wording(
        "memory leak, OOM kills",
        "OOMKilled: container exceeded its memory limit (2Gi), exit code 137, restart count 9",
        "Memory of the process grows for hours until it is killed, and it starts over after each"
        " restart. Have we seen this?",
    ),
    "poison-message": Wording(
        "poison message blocks queue",
        "Consumer lag 184,332 on partition 3, offset not advancing. JsonParseException: Unexpected"
        " character at position 0; retry attempt 2,871",
        "One broken message is retried for ever, and nothing after it in the queue gets processed."
        " What helped last time?",
    ),
    "rotated-secret": Wording(
        "old credentials after rotation",
        'FATAL: password authentication failed for user "reports"; 403 invalid api key; secret'
        " rotated 2026-11-21 22:00",
        "We rotated a password, but one service still uses the old one and cannot log in. Has that"
        " happened before?",
    ),
}
"""By family of causes."""
