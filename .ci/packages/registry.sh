#!/usr/bin/env bash
# server.json, held to the schema of the MCP registry: registry.sh FILE
set -euo pipefail
schema=../shared/checks/server.schema.json
if [ ! -f "$schema" ]; then
    echo "skipped: server.json (its schema is not in ../shared/checks)"
    exit 0
fi
"$PYTHON" .ci/packages/registry.py "$1" "$schema"
echo "ok: server.json"
