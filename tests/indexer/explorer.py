"""Every order in which several tasks' S3 calls can happen, one run for each.

A task runs as a greenlet that stops before each S3 call; which task goes on is the schedule's choice. The
schedules are enumerated depth first, from none at all to the last, or drawn by a seed where there are too
many; so a run can be repeated exactly.
"""

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

__all__ = ["FULL", "Exploration", "Prepare", "Task", "explore", "explore_at_random"]

#: Whether there is an hour for what takes a minute by default: ``EXPLORE=full``.
FULL = os.environ.get("EXPLORE") == "full"

Task = Callable[[], object]
#: Given the function to call before each S3 call: the tasks, and a check that raises AssertionError.
Prepare = Callable[[Callable[[str], None]], tuple[Sequence[Task], Callable[[], None]]]
#: Given how many options a step has, the number of one. The first is to let the same task go on, if it can.
Pick = Callable[[int], int]


@dataclass(frozen=True)
class Exploration:
    """How many schedules were run, and the first that ended wrong."""

    schedules: int
    wrong: str | None


def explore(
    prepare: Prepare,
    *,
    preemptions: int | None = None,
    most: int = 1_000_000,
) -> Exploration:
    """Run the tasks of *prepare* under every schedule, each time in a world of its own.

    A task that raises AssertionError is wrong too. *preemptions* bounds how often a task that could go on
    is made to wait.
    """
    prefix: list[int] | None = []
    schedules = 0
    while prefix is not None and schedules < most:
        schedules += 1
        run = _Run(prefix, preemptions)
        try:
            run.to_the_end(prepare)
        except AssertionError as error:
            return Exploration(schedules, f"{error}\nschedule: {' '.join(run.trace)}")
        prefix = _next(run.choices)
    return Exploration(schedules, None)


def explore_at_random(prepare: Prepare, *, schedules: int, seed: int) -> Exploration:
    """Run as many *schedules*, no two of them alike, as *seed* draws them. As `explore` for the rest.

    Each is drawn with an inclination of its own to let a task go on, so that some change at every call and
    some hold a task back for long.
    """
    chance = random.Random(seed)  # noqa: S311
    seen: set[tuple[int, ...]] = set()
    for _ in range(10 * schedules):  # in a small world most are drawn again
        if len(seen) == schedules:
            break
        run = _Run([], None, pick=_inclined(chance))
        try:
            run.to_the_end(prepare)
        except AssertionError as error:
            return Exploration(len(seen) + 1, f"{error}\nschedule: {' '.join(run.trace)}")
        seen.add(tuple(chosen for chosen, _ in run.choices))
    return Exploration(len(seen), None)


def _inclined(chance: random.Random) -> Pick:
    inclination = chance.random()
    return lambda options: 0 if chance.random() < inclination else chance.randrange(options)


class _Run:
    """One schedule: the choices of *prefix*, then what *pick* says; else the first task that may go on."""

    def __init__(
        self, prefix: list[int], preemptions: int | None, *, pick: Pick = lambda _options: 0
    ) -> None:
        self._prefix = prefix
        self._pick = pick
        self._left = preemptions
        self._current: int | None = None
        self._hub = getcurrent()
        #: Of each step: the option chosen, and how many there were.
        self.choices: list[tuple[int, int]] = []
        #: Of each step: the task, and the call that it stopped before.
        self.trace: list[str] = []

    def to_the_end(self, prepare: Prepare) -> None:
        tasks, check = prepare(self._stop_before)
        waiting = [greenlet(task) for task in tasks]
        while live := [number for number, task in enumerate(waiting) if not task.dead]:
            task = self._choose(live)
            self.trace.append(str(task))
            waiting[task].switch()
        check()

    def _stop_before(self, call: str) -> None:
        if getcurrent() is self._hub:  # the preparation and the check are no part of the schedule
            return
        self.trace[-1] += f"→{call}"
        self._hub.switch()

    def _choose(self, live: list[int]) -> int:
        options = self._options(live)
        step = len(self.choices)
        chosen = self._prefix[step] if step < len(self._prefix) else self._pick(len(options))
        self.choices.append((chosen, len(options)))
        task = options[chosen]
        if self._left is not None and self._current in live and task != self._current:
            self._left -= 1
        self._current = task
        return task

    def _options(self, live: list[int]) -> list[int]:
        """The tasks that may go on, the one that is going first."""
        if self._current is None or self._current not in live:
            return live
        others = [number for number in live if number != self._current]
        return [self._current, *others] if self._left != 0 else [self._current]


def _next(choices: list[tuple[int, int]]) -> list[int] | None:
    """The choices of the next schedule, depth first; None after the last."""
    for position in range(len(choices) - 1, -1, -1):
        chosen, options = choices[position]
        if chosen + 1 < options:
            return [*(choice for choice, _ in choices[:position]), chosen + 1]
    return None
