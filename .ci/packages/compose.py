"""The service that Docker Compose makes of compose.yaml, with one vendor: compose.py FILE

FILE is what `docker compose config --format json` prints.
"""
# ruff: noqa: S101, S105

import json
import sys
from pathlib import Path

document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
service = document["services"]["incident-desk"]
assert service["command"] == ["http"]
assert service["environment"]["ROOTLY_API_TOKEN_FILE"] == "/run/secrets/rootly"
assert service["environment"]["INCIDENT_IO_API_KEY_FILE"] == ""
[secrets] = service["volumes"]
assert secrets["target"] == "/run/secrets"
assert secrets["read_only"]
