#!/usr/bin/env bash
# The systemd units, for one copy and for several: they are valid, with the files of both vendors
# and with one of them, and their exposure is low: systemd.sh FOLDER
set -euo pipefail
if ! command -v systemd-analyze; then
    echo "skipped: the systemd unit (no systemd-analyze)"
    exit 0
fi
unit=$1/incident-desk.service
template=$1/incident-desk@.service
instance=$1/incident-desk@8001.service
cp -r deploy/systemd "$1"
printf '#!/bin/sh\n' >"$1/incident-desk"
chmod +x "$1/incident-desk"
sed -i "s#^ExecStart=/opt/incident-desk/bin/#ExecStart=$1/#" "$unit" "$template"

verify() {  # it fails if systemd says anything
    local complaints
    complaints=$(systemd-analyze verify "$unit" "$instance" 2>&1) || complaints+=" (it failed)"
    [ -z "$complaints" ] || { echo "$complaints"; exit 1; }
}
verify
rm "$unit.d/incident_io.conf" "$template.d/incident_io.conf"
verify

report=$(systemd-analyze security --offline=true --threshold=20 --no-pager "$unit") ||
    { echo "$report"; exit 1; }
level=$(sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p' <<<"$report")
version=$(systemd-analyze --version | awk 'NR == 1 {print $2}')
# Other versions know other settings.
page=$(tr '\n' ' ' <docs/service.md)
if [ "$version" = 252 ] && [[ $page != *"exposure level of $level,"* ]]; then
    echo "docs/service.md has another exposure level than $level"
    exit 1
fi
echo "ok: systemd unit, exposure level $level"
