"""Real distributions, small and made on the spot."""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

__all__ = ["core_metadata", "make_sdist", "make_tar", "make_wheel", "make_zip", "sdist_name", "wheel_name"]

_PYPROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_WHEEL = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def core_metadata(name: str, version: str, **fields: str) -> bytes:
    """A METADATA file; fields by their names with ``_`` for ``-``."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"{field.replace('_', '-')}: {value}" for field, value in fields.items()]
    return "\n".join([*lines, "", "What it is.", ""]).encode()


def wheel_name(name: str, version: str) -> str:
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def sdist_name(name: str, version: str) -> str:
    return f"{name.replace('-', '_')}-{version}.tar.gz"


def make_wheel(
    name: str,
    version: str,
    *,
    metadata: bytes | None = None,
    extra: Mapping[str, bytes] | None = None,
    packed: bool = True,
    **fields: str,
) -> bytes:
    """A wheel that pip installs: one module named for the project, with its version in it."""
    module = name.replace("-", "_")
    dist_info = f"{module}-{version}.dist-info"
    members = {
        f"{module}.py": f"VERSION = {version!r}\n".encode(),
        f"{dist_info}/METADATA": core_metadata(name, version, **fields) if metadata is None else metadata,
        f"{dist_info}/WHEEL": _WHEEL,
        **(extra or {}),
    }
    members[f"{dist_info}/RECORD"] = _record(members, f"{dist_info}/RECORD")
    return make_zip(members, packed=packed)


def make_zip(members: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            # A ZipInfo has a fixed time, and a compression of its own that outranks the archive's.
            archive.writestr(
                zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            )
    return file.getvalue()


def make_sdist(name: str, version: str, *, extra: Mapping[str, bytes] | None = None, **fields: str) -> bytes:
    """An sdist that pip builds without anything but itself: its backend is in its own tree."""
    top = sdist_name(name, version).removesuffix(".tar.gz")
    return make_tar(
        {
            f"{top}/PKG-INFO": core_metadata(name, version, **fields),
            f"{top}/pyproject.toml": _PYPROJECT,
            f"{top}/backend.py": _backend(name, version),
            **(extra or {}),
        }
    )


def make_tar(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _record(members: Mapping[str, bytes], own_name: str) -> bytes:
    rows = []
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*rows, f"{own_name},,", ""]).encode()


def _backend(name: str, version: str) -> bytes:
    """A build backend (PEP 517) that writes out the wheel it was made with."""
    wheel = base64.b64encode(make_wheel(name, version)).decode()
    return (
        "import base64, pathlib\n"
        f"WHEEL = {wheel!r}\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        f"    pathlib.Path(directory, {wheel_name(name, version)!r}).write_bytes(base64.b64decode(WHEEL))\n"
        f"    return {wheel_name(name, version)!r}\n"
    ).encode()
