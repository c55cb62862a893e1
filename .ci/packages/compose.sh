#!/usr/bin/env bash
# compose.yaml as Docker Compose reads it, with one vendor, for one copy and for several: compose.sh
# FOLDER. No daemon is needed.
set -euo pipefail
if ! .ci/debian-unstable "$1" docker-compose; then
    echo "skipped: compose.yaml (no Docker Compose here)"
    exit 0
fi
libraries=$1/usr/lib/x86_64-linux-gnu
compose=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries"
    "$1/usr/libexec/docker/cli-plugins/docker-compose" --file compose.yaml)
copies=("${compose[@]}" --file compose.copies.yaml)
cat >"$1/.env" <<END
INCIDENT_DESK_HTTP_ALLOWED_HOSTS=desk.example.com
ROOTLY_API_TOKEN_FILE=/run/secrets/rootly
END
"${compose[@]}" --env-file "$1/.env" config --format json >"$1/compose.json"
"${copies[@]}" --env-file "$1/.env" config --format json >"$1/copies.json"
"$PYTHON" .ci/packages/compose.py "$1/compose.json" "$1/copies.json"
if "${compose[@]}" --env-file /dev/null config --quiet; then
    echo "compose.yaml is accepted without the names of the server"
    exit 1
fi
echo "ok: compose.yaml, Docker Compose $("${compose[@]}" version --short)"
