"""Ceph's RADOS gateway: an S3 in C++, by others. A cluster of one monitor, one disk (in memory), one gateway.

Debian's packages have it; `install-ceph.sh` installs them. No service manager is needed, nor root.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.s3.endpoints import Endpoint
from tests.s3.processes import free_ports, running, wait_until

__all__ = ["run_ceph"]

# What each daemon may do. The gateway makes its own pools.
_KEYS = {
    "mon.": ("--cap", "mon", "allow *"),
    "client.admin": ("--cap", "mon", "allow *", "--cap", "osd", "allow *"),
    "client.rgw": ("--cap", "mon", "allow rwx", "--cap", "osd", "allow rwx"),
    "osd.0": ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"),
}
# The monitor would wait a second for company before each of its decisions; without TCP_NODELAY an answer
# would wait 40 ms for the next.
_CONFIGURATION = """\
[global]
fsid = {cluster}
mon_host = 127.0.0.1:{monitor}
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = {folder}/keyring
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
run_dir = {folder}
admin_socket =
log_file = {folder}/$name.log
debug_none = 0
paxos_propose_interval = 0.05
mon_data = {folder}/mon
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 4000
mon_warn_on_pool_no_redundancy = false
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
[client.rgw]
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{gateway} tcp_nodelay=1
rgw_enable_ops_log = false
rgw_enable_usage_log = false
"""


@contextmanager
def run_ceph(folder: Path) -> Iterator[Endpoint]:
    """A gateway to an empty cluster of its own, which keeps its things in *folder*."""
    monitor, gateway = free_ports(2)
    endpoint = Endpoint(
        name="ceph",
        url=f"http://127.0.0.1:{gateway}",
        access_key="AKIDEXAMPLE",
        secret_key="a secret that opens nothing",
    )
    with ExitStack() as daemons:
        cluster = _Cluster(folder, monitor=monitor, gateway=gateway)
        cluster.make_monitor()
        cluster.start(daemons, "ceph-mon", "-i", "a")
        cluster.make_disk()
        cluster.start(daemons, "ceph-osd", "-i", "0")
        cluster.make_user(endpoint)
        program = cluster.start(daemons, "radosgw", "-n", "client.rgw")
        wait_until(lambda: _answers(endpoint.url), program, name="radosgw", log=folder / "radosgw.out")
        yield endpoint


class _Cluster:
    def __init__(self, folder: Path, *, monitor: int, gateway: int) -> None:
        self._folder = folder
        self._monitor = monitor
        self._id = str(uuid.uuid4())
        self._environment = {"PATH": os.environ["PATH"], "CEPH_CONF": str(folder / "ceph.conf")}
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()
        (folder / "ceph.conf").write_text(
            _CONFIGURATION.format(cluster=self._id, folder=folder, monitor=monitor, gateway=gateway)
        )

    def make_monitor(self) -> None:
        keyring, monitors = str(self._folder / "keyring"), str(self._folder / "monitors")
        self._do("ceph-authtool", "--create-keyring", keyring)
        for name, rights in _KEYS.items():
            self._do("ceph-authtool", keyring, "--gen-key", "-n", name, *rights)
        address = f"127.0.0.1:{self._monitor}"
        self._do("monmaptool", "--create", "--fsid", self._id, "--add", "a", address, monitors)
        self._do("ceph-mon", "--mkfs", "-i", "a", "--monmap", monitors, "--keyring", keyring)

    def make_disk(self) -> None:
        disk = str(uuid.uuid4())
        self._do("ceph", "osd", "new", disk)
        self._do("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk)

    def make_user(self, endpoint: Endpoint) -> None:
        keys = (f"--access-key={endpoint.access_key}", f"--secret-key={endpoint.secret_key}")
        names = ("--uid=tests", "--display-name=tests")
        self._do("radosgw-admin", "-n", "client.rgw", "user", "create", *names, *keys)

    def start(self, daemons: ExitStack, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._folder / f"{name}.out"
        command = (name, "-f", *arguments)
        return daemons.enter_context(running(command, log=log, environment=self._environment))

    def _do(self, *command: str) -> None:
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
