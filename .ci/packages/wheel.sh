#!/usr/bin/env bash
# The wheel, installed with uv and with pipx: wheel.sh WHEEL FOLDER
set -euo pipefail
export UV_TOOL_DIR=$2/uv-tools UV_TOOL_BIN_DIR=$2/uv-tools/bin
export PIPX_HOME=$2/pipx PIPX_BIN_DIR=$2/pipx/bin
unset PYTHONPATH  # which would let the commands import this checkout
uv tool install --compile-bytecode "$1"
uv tool run pipx install "$1"
"$UV_TOOL_BIN_DIR/incident-desk" demo
"$PIPX_BIN_DIR/incident-desk" demo
uv tool uninstall incident-desk
echo "ok: wheel, with uv and pipx"
