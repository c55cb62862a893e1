"""The log: JSON lines on stderr, without secrets."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime


class _JsonLines(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

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
        for secret in self._secrets:
            text = text.replace(json.dumps(secret)[1:-1], "***")
        return text


def configure(level: str, secrets: Iterable[str], handler: logging.Handler | None = None) -> None:
    """Log records of our own modules from *level* on, and warnings and errors of libraries.

    At debug level, libraries would log data of the vendors. *handler* gets the lines. Without a
    handler, they are written to stderr immediately.
    """
    # Otherwise `logging` would print a record that cannot be written to stderr, with its secrets.
    logging.raiseExceptions = False
    handler = handler or logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("server", "tools", "sandbox"):
        logging.getLogger(name).setLevel(level.upper())
