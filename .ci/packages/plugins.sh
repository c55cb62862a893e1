#!/usr/bin/env bash
# The plugin in Claude Code and the extension in Gemini CLI, installed from this repository by the
# hosts themselves: plugins.sh PROGRAMS HOME
set -euo pipefail
if ! .ci/isolate true; then
    echo "skipped: the plugin and the extension, because this machine has no namespaces"
    exit 0
fi
programs=$1
export HOME=$2
key=a-key-of-nobody
mkdir -p "$HOME/bin"
command=$(dirname "$PYTHON")/incident-desk
# Notes which keys the host hands over.
cat >"$HOME/bin/incident-desk" <<END
#!/bin/sh
echo "\${ROOTLY_API_TOKEN-unset} \${INCIDENT_IO_API_KEY-unset}" >>"$HOME/keys"
exec "$command" "\$@"
END
chmod +x "$HOME/bin/incident-desk"
export PATH=$HOME/bin:$PATH

run() {  # COMMAND ARGUMENT…: a host's command, without a network
    .ci/isolate "$programs/$1/node_modules/.bin/$1" "${@:2}"
}

expect() {  # KEYS COMMAND: the host connects, and the server gets these keys
    local output
    output=$(run "$2" mcp list </dev/null 2>&1) || true
    [[ $output == *Connected* ]] || { echo "$output"; exit 1; }
    [ "$(tail -n 1 "$HOME/keys")" = "$1" ] || { cat "$HOME/keys"; exit 1; }
}

if [ -e "$programs/claude/installed" ]; then
    run claude plugin validate --strict release/claude-code
    run claude plugin validate .
    run claude plugin marketplace add "$PWD"
    run claude plugin install incident-desk@incident-desk
    expect " " claude
    run claude plugin uninstall incident-desk@incident-desk
    run claude plugin install incident-desk@incident-desk --config "rootly=$key"
    expect "$key " claude
    echo "ok: plugin, $(run claude --version)"
else
    echo "skipped: the plugin (Claude Code is not installed)"
fi

if [ -e "$programs/gemini/installed" ]; then
    run gemini extensions validate release/gemini-cli
    echo y | run gemini extensions install release/gemini-cli --consent --skip-settings
    expect " " gemini
    echo "ok: extension, Gemini CLI $(run gemini --version)"
else
    echo "skipped: the extension (Gemini CLI is not installed)"
fi
