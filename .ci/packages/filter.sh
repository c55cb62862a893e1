#!/usr/bin/env bash
# The service under the system call filter of the systemd unit.
set -euo pipefail
if ! command -v systemd-analyze || ! ldconfig -p | grep 'libseccomp\.so\.2'; then
    echo "skipped: the service under the unit's filter (no systemd-analyze, or no libseccomp)"
    exit 0
fi
"$PYTHON" .ci/packages/filter.py "$(dirname "$PYTHON")/incident-desk"
