"""When something that looks wrong is wrong, and not just under way.

Publishing goes on while the index is looked at: a file stands in the bucket some seconds before it stands on
its page. So nothing is believed at the first look.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName

from serverless_pypi.comparison import Look

__all__ = ["LookAgain", "Settling", "wait_until_true"]

LookAgain = Callable[[Iterable[NormalizedName]], Iterable[Look]]

#: Seconds.
_LEAST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(kw_only=True)
class Settling:
    """What is believed of a first look: what is seen again for *calm* seconds over one and the same page,
    with no work waiting for the indexer in the end; or for *patience* seconds, whatever goes on.

    *is_idle* says whether no work waits; None where nobody can say. If some waits for all the *patience*,
    that is no sign of anything any more.
    """

    is_idle: Callable[[], bool | None]
    calm: float
    patience: float
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    _busy_since: float | None = field(default=None, init=False)

    def believed(self, suspects: Iterable[Look], look_again: LookAgain) -> list[Look]:
        """Those of *suspects* in which something is wrong, and what; what came later is not looked into."""
        undecided = {look.project: look for look in suspects}
        started = self.now()
        same_since = dict.fromkeys(undecided, started)
        believed = []
        while undecided:
            self.pause(max(_LEAST_PAUSE, self.calm / 2))
            # Asked before the looks: then what was to be done is done, and shows.
            may_come = self._work_waits()
            for look in list(look_again(list(undecided))):
                before = undecided.pop(look.project)
                lasting = tuple(finding for finding in look.findings if finding in before.findings)
                if not lasting:
                    continue
                now = self.now()
                if look.page != before.page:
                    same_since[look.project] = now
                is_calm = now - same_since[look.project] >= self.calm
                if (is_calm and not may_come) or now - started >= self.patience:
                    believed.append(replace(look, findings=lasting))
                else:
                    undecided[look.project] = replace(look, findings=lasting)
        return sorted(believed, key=lambda look: look.project)

    def _work_waits(self) -> bool:
        if self.is_idle() is not False:
            self._busy_since = None
            return False
        if self._busy_since is None:
            self._busy_since = self.now()
        return self.now() - self._busy_since < self.patience


def wait_until_true(
    projects: Iterable[NormalizedName],
    look_again: LookAgain,
    *,
    patience: float,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> list[Look]:
    """The last look at each of *projects* in which something is still wrong when *patience* is over."""
    deadline = now() + patience
    rest = _LEAST_PAUSE
    wrong = [look for look in look_again(projects) if look.findings]
    while wrong and (left := deadline - now()) > 0:
        pause(min(rest, left))
        rest = min(rest * 1.5, _LONGEST_PAUSE)
        wrong = [look for look in look_again([look.project for look in wrong]) if look.findings]
    return sorted(wrong, key=lambda look: look.project)
