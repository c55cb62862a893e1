#!/usr/bin/env bash
# The image, built from the Dockerfile with Buildah, and used. No image registry can be reached, so
# Debian's packages take the place of the image that it begins with: image.sh FOLDER
set -euo pipefail
if ! command -v buildah || [ "$(id -u)" != 0 ]; then
    echo "skipped: the image (no Buildah, or not root)"
    exit 0
fi
base=$1/base
packages=(bash ca-certificates coreutils dash python3.14-minimal libpython3.14-stdlib)
if ! .ci/debian-unstable "$base" "${packages[@]}"; then
    echo "skipped: the image (this is not Debian)"
    exit 0
fi
chroot "$base" /usr/bin/python3.14 -m venv --without-pip /usr/local
python3 -m pip download --no-deps --dest "$base/opt" pip
pip=/opt/$(basename "$base"/opt/pip-*.whl)
chroot "$base" /usr/local/bin/python -W ignore "$pip/pip" install --no-index "$pip"
rm "$base$pip"
certificates=/etc/ssl/certs/ca-certificates.crt
install -D "${PIP_CERT:-$certificates}" "$base$certificates"

name=$(sed -n 's/^FROM \(\S*\)$/\1/p' Dockerfile)
buildah=(buildah --root "$1/images" --runroot "$1/run")
container=$("${buildah[@]}" from scratch)
cp -a "$base/." "$("${buildah[@]}" mount "$container")"
"${buildah[@]}" umount "$container"
"${buildah[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin "$container"
"${buildah[@]}" config --env "PIP_CERT=$certificates" "$container"
"${buildah[@]}" commit --quiet "$container" "docker.io/library/$name"
"${buildah[@]}" build --pull-never --isolation chroot --network host --tag incident-desk .
container=$("${buildah[@]}" from --pull-never incident-desk)
"$PYTHON" .ci/packages/image.py "$container" "$("${buildah[@]}" mount "$container")" "${buildah[@]}"
"${buildah[@]}" rm --all
