#!/bin/sh
# Provide Debian's Chromium for the browser tests, as root on Debian. Elsewhere, and where apt cannot, they are skipped.
# Installs only what is missing and says in one line what there is. Safe to run twice.
set -eu

has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
apt() {
    DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=1 "$@" >/dev/null 2>&1
}

if ! has_chromium && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "browser: installing Chromium from Debian's packages"
    # One font at least: pages without any are boxes.
    apt update && apt install --no-install-recommends chromium fonts-dejavu-core || true
fi
if has_chromium; then
    echo "browser: Chromium is there"
else
    echo "browser: no Chromium, so the browser tests are skipped (on Debian: apt-get install chromium)"
fi
