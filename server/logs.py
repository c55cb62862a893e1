"""The log: JSON lines on stderr, without secrets."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

_secrets: set[str] = set()
"""Everything that was ever to be redacted: a call with an old key may still be running."""


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=True)
        # The longest come first: one secret may be the beginning of another.
        for secret in sorted(_secrets, key=len, reverse=True):
            text = text.replace(json.dumps(secret)[1:-1], "***")
        return text


def redact(secrets: Iterable[str]) -> None:
    """Replace *secrets* by `***` in all lines from now on."""
    _secrets.update(secret for secret in secrets if secret)


def configure(level: str, secrets: Iterable[str], handler: logging.Handler | None = None) -> None:
    """Log records of our own modules from *level* on, and warnings and errors of libraries.

    At debug level, libraries would log data of the vendors. *handler* gets the lines. Without a
    handler, they are written to stderr immediately.
    """
    # Otherwise `logging` would print a record that cannot be written to stderr, with its secrets.
    logging.raiseExceptions = False
    handler = handler or logging.StreamHandler(sys.stderr)
    redact(secrets)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("server", "tools", "sandbox"):
        logging.getLogger(name).setLevel(level.upper())
