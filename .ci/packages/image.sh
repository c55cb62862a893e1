#!/usr/bin/env bash
# The image, built from the Dockerfile with Buildah, and used. No image registry can be reached, so
# Debian's packages take the place of python:3.13-slim: image.sh FOLDER PYTHON
set -euo pipefail
if ! command -v buildah >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "skipped: the image (no Buildah, or not root)" >&3
    exit 0
fi
base=$1/base
if ! .ci/debian-unstable "$base" bash ca-certificates coreutils dash python3.14-minimal libpython3.14-stdlib 2>/dev/null; then
    echo "skipped: the image (this is not Debian)" >&3
    exit 0
fi
chroot "$base" /usr/bin/python3.14 -m venv --without-pip /usr/local
python3 -m pip download --no-deps --dest "$base/opt" pip
pip=/opt/$(basename "$base"/opt/pip-*.whl)
chroot "$base" /usr/local/bin/python -W ignore "$pip/pip" install --no-index "$pip"
rm "$base$pip"
certificates=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
install -D "$certificates" "$base/etc/ssl/certs/ca-certificates.crt"

buildah=(buildah --root "$1/images" --runroot "$1/run")
container=$("${buildah[@]}" from scratch)
cp -a "$base/." "$("${buildah[@]}" mount "$container")"
"${buildah[@]}" umount "$container"
"${buildah[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt "$container"
"${buildah[@]}" commit --quiet "$container" docker.io/library/python:3.13-slim
"${buildah[@]}" build --pull-never --isolation chroot --network host --tag incident-desk .
container=$("${buildah[@]}" from --pull-never incident-desk)
"$2" .ci/packages/image.py "$container" "$("${buildah[@]}" mount "$container")" "${buildah[@]}" >&3
"${buildah[@]}" rm --all
