#!/usr/bin/env bash
# The dashboard is in the form that Grafana's own library knows: dashboard.sh FOLDER
set -euo pipefail
python3 -m pip install --target "$1" grafana-foundation-sdk
PYTHONPATH=$1 "$PYTHON" .ci/packages/dashboard.py deploy/grafana/incident-desk.json
