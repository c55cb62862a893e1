#!/usr/bin/env bash
# The bundle, read and packed by MCPB's own program, and started as its manifest says:
# bundle.sh BUNDLE FOLDER. The FOLDER has configuration.mjs with its modules.
set -euo pipefail
mcpb unpack "$1" "$2/unpacked"
mcpb validate "$2/unpacked/manifest.json"
mcpb pack "$2/unpacked" "$2/packed.mcpb"
configuration=$(node "$2/configuration.mjs" "$2/unpacked" rootly=a-key-of-nobody)
"$PYTHON" .ci/packages/bundle.py "$configuration"
