"""What all clients are told here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.hatch_settings import read_hatch
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.pdm_settings import read_pdm
from serverless_pypi.doctor.pip_settings import read_pip
from serverless_pypi.doctor.pipenv_settings import read_pipenv
from serverless_pypi.doctor.poetry_settings import read_poetry
from serverless_pypi.doctor.requirements_files import read_requirements
from serverless_pypi.doctor.settings import Client, ClientSettings
from serverless_pypi.doctor.uv_check import check_with_uv
from serverless_pypi.doctor.uv_documents import uv_documents
from serverless_pypi.doctor.uv_settings import read_uv

__all__ = ["read_clients"]


def read_clients(machine: Machine, wanted: Sequence[Client] = ()) -> list[ClientSettings]:
    """Of the *wanted* clients; without any, of those that are here or are told something."""
    every = [*_pip(machine), *_uv(machine), *read_poetry(machine), *read_pdm(machine), *read_pipenv(machine)]
    if wanted:
        return [settings for settings in every if settings.client in wanted]
    return [settings for settings in every if _is_here(settings, machine)]


def _is_here(settings: ClientSettings, machine: Machine) -> bool:
    return bool(settings.sources or settings.broken) or machine.find(settings.client.lower()) is not None


def _pip(machine: Machine) -> Iterator[ClientSettings]:
    settings = read_pip(machine)
    yield settings
    yield from read_requirements(machine, settings)
    yield from (inside for inside in read_hatch(machine) if inside.client == Client.PIP)


def _uv(machine: Machine) -> Iterator[ClientSettings]:
    for settings in read_uv(machine):
        is_checked = settings.title == "uv" and not settings.broken and uv_documents(machine, Reading())
        yield replace(settings, broken=tuple(check_with_uv(machine))) if is_checked else settings
    yield from (inside for inside in read_hatch(machine) if inside.client == Client.UV)
