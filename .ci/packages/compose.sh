#!/usr/bin/env bash
# compose.yaml as Docker Compose reads it, with one vendor: compose.sh FOLDER. No daemon is needed.
set -euo pipefail
.ci/debian-unstable "$1" docker-compose 2>/dev/null || { echo "skipped: compose.yaml (no Docker Compose here)"; exit 0; }
compose=("$1/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$1/usr/lib/x86_64-linux-gnu"
    "$1/usr/libexec/docker/cli-plugins/docker-compose" --file compose.yaml)
printf 'INCIDENT_DESK_HTTP_ALLOWED_HOSTS=desk.example.com\nROOTLY_API_TOKEN_FILE=/run/secrets/rootly\n' >"$1/.env"
"${compose[@]}" --env-file "$1/.env" config --format json >"$1/compose.json"
python3 - "$1/compose.json" <<'END'
import json, sys
service = json.load(open(sys.argv[1]))["services"]["incident-desk"]
assert service["command"] == ["http"]
environ = service["environment"]
assert environ["ROOTLY_API_TOKEN_FILE"] == "/run/secrets/rootly"
assert environ["INCIDENT_IO_API_KEY_FILE"] == ""
[secrets] = service["volumes"]
assert secrets["target"] == "/run/secrets" and secrets["read_only"]
END
if "${compose[@]}" --env-file /dev/null config --quiet 2>/dev/null; then
    echo "compose.yaml is accepted without the names of the server"
    exit 1
fi
echo "ok: compose.yaml, Docker Compose $("${compose[@]}" version --short)"
