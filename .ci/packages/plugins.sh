#!/usr/bin/env bash
# The plugin in Claude Code and the extension in Gemini CLI, installed from this repository by the
# hosts themselves: plugins.sh MODULES HOME. The command `incident-desk` must be on the path.
set -euo pipefail
bin=$1/.bin
export HOME=$2
key=a-key-of-nobody
mkdir -p "$HOME/bin"
command=$(command -v incident-desk)
# Notes which keys the host hands over.
cat >"$HOME/bin/incident-desk" <<END
#!/bin/sh
echo "\${ROOTLY_API_TOKEN-unset} \${INCIDENT_IO_API_KEY-unset}" >>"$HOME/keys"
exec "$command" "\$@"
END
chmod +x "$HOME/bin/incident-desk"
export PATH=$HOME/bin:$PATH

expect() {  # KEYS COMMAND…: the host connects, and the server gets these keys
    local keys=$1 output
    shift
    output=$("$@" </dev/null 2>&1) || true
    [[ $output == *Connected* ]] || { echo "$output"; exit 1; }
    [ "$(tail -n 1 "$HOME/keys")" = "$keys" ] || { cat "$HOME/keys"; exit 1; }
}

"$bin/claude" plugin validate --strict release/claude-code
"$bin/claude" plugin validate .
"$bin/claude" plugin marketplace add "$PWD"
"$bin/claude" plugin install incident-desk@incident-desk
expect " " "$bin/claude" mcp list
"$bin/claude" plugin uninstall incident-desk@incident-desk
"$bin/claude" plugin install incident-desk@incident-desk --config "rootly=$key"
expect "$key " "$bin/claude" mcp list
echo "ok: plugin, $("$bin/claude" --version)" >&3

"$bin/gemini" extensions validate release/gemini-cli
echo y | "$bin/gemini" extensions install release/gemini-cli --consent --skip-settings
expect " " "$bin/gemini" mcp list
echo "ok: extension, Gemini CLI $("$bin/gemini" --version)" >&3
