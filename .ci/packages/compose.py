"""What Docker Compose makes of the files, with one vendor: compose.py FILE COPIES

FILE is what `docker compose config --format json` prints for compose.yaml, and COPIES what it
prints with compose.copies.yaml.
"""
# ruff: noqa: S101, S105

import json
import sys
from pathlib import Path

alone, several = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
service = alone["services"]["incident-desk"]
assert service["command"] == ["http"]
assert service["environment"]["ROOTLY_API_TOKEN_FILE"] == "/run/secrets/rootly"
assert service["environment"]["INCIDENT_IO_API_KEY_FILE"] == ""
[secrets] = service["volumes"]
assert secrets["target"] == "/run/secrets"
assert secrets["read_only"]

copies = several["services"]["incident-desk"]
[ports] = copies["ports"]
assert (ports["host_ip"], ports["published"], ports["target"]) == ("127.0.0.1", "8001-8003", 8000)
assert copies["environment"].items() > service["environment"].items()
assert copies["environment"]["INCIDENT_DESK_REDIS_URL_FILE"] == "/run/secrets/redis"
assert copies["read_only"] is service["read_only"] is True
assert not several["services"]["incident-desk-valkey"].get("ports")
