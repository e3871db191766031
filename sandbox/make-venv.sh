#!/bin/sh
# Make the virtual environment. Debian ships python3 without the venv module's pip: as root we add it, else we say how.
set -eu
python=$1
venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "celeriac needs Python 3.11 or later; '$python' is $("$python" -V 2>&1). Name another: make PYTHON=python3.12" >&2
    exit 1
}
[ -x "$venv/bin/pip" ] && exit 0

if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends python3-venv >/dev/null
        "$python" -m venv --clear "$venv"
    else
        rm -rf "$venv"
        echo "'$python -m venv' does not work here: install the package python3-venv, then run make again." >&2
        exit 1
    fi
fi
