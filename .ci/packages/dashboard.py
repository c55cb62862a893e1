"""The dashboard, read and written by Grafana's own library: dashboard.py FILE

What the library does not know, it leaves out. So nothing may be missing in what it writes.
"""
# ruff: noqa: S101

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """The members of *ours* that *theirs* lacks, or has with another value."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, value in ours.items():
            yield from differences(value, theirs.get(name), f"{path}/{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif ours != theirs:
        yield f"{path}: {ours!r} is {theirs!r} in Grafana's form"


register_default_plugins()
ours = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
theirs = json.loads(JSONEncoder().encode(Dashboard.from_json(ours)))
unknown = [*differences(ours, theirs)]
assert not unknown, "\n".join(unknown)
print(f"ok: dashboard, {len(ours['panels'])} panels and rows")
