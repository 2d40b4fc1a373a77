"""How many passwords may be found wrong: a bound on what a flood of guesses costs, and learns."""

import os

from authenticator.clock import Clock
from authenticator.errors import TooManyChecksError

__all__ = ["Budget"]

#: Checks of passwords that were wrong: in a row, and then every minute.
_MOST = 3
_PER_SECOND = 6 / 60


class Budget:
    """A bucket of tokens, one for each check; it fills by itself.

    A check takes most of a second of an environment's fourteenth of a processor, and guesses at the
    passwords of people. What was already verified, and generated tokens, need no check.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Up to one more, by chance: environments that a flood has emptied together would else let a
        # check through at the same moments, and be busy all at once.
        self._most = _MOST + int.from_bytes(os.urandom(2), "big") / 0x10000
        self._left = self._most
        self._filled = clock()

    def take(self) -> None:
        """Take what one check costs. Raises `TooManyChecksError`."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._filled) * _PER_SECOND)
        self._filled = now
        if self._left < 1:
            raise TooManyChecksError
        self._left -= 1

    def give_back(self) -> None:
        """Of a check that found a password right: those who come at once after a cold start are no flood."""
        self._left += 1
