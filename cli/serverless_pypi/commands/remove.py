"""``serverless-pypi remove``: files go, and their names never stand for others."""

import argparse
from typing import TYPE_CHECKING

from serverless_pypi.options import add_parser, add_selection, add_waiting
from serverless_pypi.terminal import Terminal, table

if TYPE_CHECKING:
    from serverless_pypi.options import Commands
    from serverless_pypi.releases import Selection
    from serverless_pypi.store import Store

__all__ = ["add_command"]


def add_command(commands: "Commands") -> None:
    parser = add_parser(
        commands,
        "remove",
        _run,
        summary="remove a release, or a file of it, whose name is never given to other bytes",
        example="serverless-pypi remove acme 1.0",
        as_json=True,
    )
    add_selection(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would go, and remove nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_waiting(parser, "the page no longer lists it", patience=60)


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from serverless_pypi.index import Index
    from serverless_pypi.releases import read_project, select
    from serverless_pypi.showing import wait_until_shown
    from simple_index import keys

    index = Index.of(arguments)
    chosen = select(read_project(index, arguments.project), arguments.which)
    if arguments.dry_run or not chosen.files:
        text = f"would remove {chosen}\n{_listing(chosen)}" if chosen.files else "nothing to remove"
        return _tell(chosen, [], text, terminal)
    terminal.say(f"{_listing(chosen)}\n{_advice(chosen)}")
    terminal.confirm(f"Remove {chosen}?", yes=arguments.yes)
    removed = _delete(index.store, chosen)
    if arguments.wait:
        terminal.say("Waiting until the page no longer lists them …")
        wait_until_shown(
            index,
            chosen.project,
            lambda detail: {file.filename for file in detail.files}.isdisjoint(chosen.filenames),
            objects={keys.project_prefix(chosen.project) + filename: None for filename in chosen.filenames},
            what=f"The removal of {chosen}",
            patience=arguments.timeout,
        )
    return _tell(chosen, removed, f"removed {chosen}", terminal)


def _delete(store: "Store", chosen: "Selection") -> list[str]:
    """Delete what is there still, for each deletion leaves a mark that a restore has to take away."""
    from simple_index import keys

    prefix = keys.project_prefix(chosen.project)
    there = {listed.key for listed in store.list(prefix)}
    removed = [filename for filename in chosen.filenames if prefix + filename in there]
    for filename in removed:
        store.delete(prefix + filename)
    return removed


def _listing(chosen: "Selection") -> str:
    from serverless_pypi.wording import sized

    rows = [(file.filename, sized(file.size), "yanked" if file.yanked else "") for file in chosen.files]
    return table(("FILE", "SIZE", ""), rows)


def _advice(chosen: "Selection") -> str:
    lines = [
        "No other bytes are ever published under a removed name. The bucket keeps the file for the stack's",
        'NoncurrentFileDays: "Restore a deleted file" in docs/operating.md says how to have it back.',
    ]
    if any(file.yanked is None for file in chosen.files):
        lines += ["To yank first, and remove some days later, spares those who hold an old page a 404."]
    return "\n".join(lines)


def _tell(chosen: "Selection", removed: list[str], text: str, terminal: Terminal) -> int:
    if chosen.removed:
        text += f" ({len(chosen.removed)} removed already)"
    terminal.show({"project": chosen.project, "files": chosen.as_json(removed)}, text)
    return 0
