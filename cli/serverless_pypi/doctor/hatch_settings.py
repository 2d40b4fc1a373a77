"""What Hatch tells pip and uv in the environments of a project, by their own variables.

https://hatch.pypa.io/latest/config/environment/overview/#environment-variables; ``{env:NAME}`` is filled in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from serverless_pypi.doctor.documents import Toml, string
from serverless_pypi.doctor.files import Reading
from serverless_pypi.doctor.machine import Machine
from serverless_pypi.doctor.mends import Edit
from serverless_pypi.doctor.pip_settings import read_pip
from serverless_pypi.doctor.places import FileLine, Place, Steps, Variable
from serverless_pypi.doctor.settings import ClientSettings, Source
from serverless_pypi.doctor.uv_settings import read_uv

__all__ = ["read_hatch"]

# "{env:NAME}" or, with what stands there where it is not set, "{env:NAME:default}"
_FILLED = re.compile(r"\{env:(\w+)(?::([^}]*))?\}")
#: Of the clients that Hatch runs, the variable that names the one index.
_MAIN = {"PIP_": "PIP_INDEX_URL", "UV_": "UV_DEFAULT_INDEX"}


@dataclass(frozen=True, kw_only=True, slots=True)
class HatchLine(FileLine):
    """A variable that is set for an environment."""

    line: int
    name: str

    def with_url(self, url: str) -> Steps:
        return self._become(self.name, url)

    def alone(self, url: str) -> Steps:
        main = next((main for beginning, main in _MAIN.items() if self.name.startswith(beginning)), self.name)
        return self._become(main, url)

    def _become(self, name: str, url: str) -> Steps:
        """Without a credential, for the file is shared: variables stand for it."""
        scheme, _, rest = url.partition("://")
        text = f'{name} = "{scheme}://{{env:INDEX_USER}}:{{env:INDEX_PASSWORD}}@{rest}"'
        return (Edit(file=self.file, first=self.line, last=self.line, text=text),)


def read_hatch(machine: Machine) -> Iterator[ClientSettings]:
    """What pip and uv are told by the project that the folder is in, beside what they are told without."""
    reading = Reading()
    for folder in machine.folders:
        for name, path in (("hatch.toml", ("envs",)), ("pyproject.toml", ("tool", "hatch", "envs"))):
            toml = reading.toml(folder / name)
            environments = toml.get(*path) if toml else None
            if toml and isinstance(environments, dict):
                for environment in environments:
                    yield from _of_environment(machine, toml, (*path, environment, "env-vars"))
                return


def _of_environment(machine: Machine, toml: Toml, path: tuple[str, ...]) -> Iterator[ClientSettings]:
    variables = _variables(toml.get(*path), machine)
    inside = replace(machine, environment={**machine.environment, **variables})
    for settings in (read_pip(inside), next(read_uv(inside))):
        places = {
            name: HatchLine(file=toml.file, line=toml.line(*path, name), name=name) for name in variables
        }
        sources = tuple(_moved(source, places) for source in settings.sources)
        if sources != settings.sources:
            title = f"{settings.title} in Hatch's {path[-2]}"
            yield replace(settings, title=title, sources=sources, overridden=(), broken=(), options=())


def _variables(table: Any, machine: Machine) -> dict[str, str]:
    texts = {name: string(value) for name, value in (table if isinstance(table, dict) else {}).items()}
    return {
        name: _FILLED.sub(lambda found: machine.get(found[1]) or found[2] or found[0], text)
        for name, text in texts.items()
        if text
    }


def _moved(source: Source, places: dict[str, HatchLine]) -> Source:
    """*source* with the place of the variable that it is from."""
    place: Place = source.place
    if not isinstance(place, Variable) or place.name not in places:
        return source
    line = places[place.name]
    offer = (
        replace(source.offer, place=line) if source.offer and source.offer.place == place else source.offer
    )
    return replace(source, place=line, offer=offer)
