#!/usr/bin/env bash
# Installs Ceph's RADOS gateway from the packages of Debian or Ubuntu, unless it is there.
set -euo pipefail

packages=(radosgw ceph-mon ceph-osd ceph-common)
programs=(radosgw radosgw-admin ceph-mon ceph-osd ceph ceph-authtool monmaptool)

missing() {
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}

give_up() {
    echo "The tests of Ceph need ${packages[*]}, and $1: install them by hand." >&2
    exit 1
}

missing || exit 0
command -v apt-get >/dev/null || give_up "there is no apt-get here"
as_root=()
if ((EUID)); then
    sudo --non-interactive true 2>/dev/null || give_up "only root may install them"
    as_root=(sudo --non-interactive)
fi

echo "Installing ${packages[*]} (half a minute, 60 MB) …"
apt() {
    local said
    said=$("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" 2>&1) || {
        echo "$said" >&2
        return 1
    }
}
apt update || give_up "apt-get cannot reach its package lists"
apt install --yes --no-install-recommends "${packages[@]}" || give_up "apt-get cannot install them"
missing && give_up "some of their programs are not on the PATH"
exit 0
