"""The bucket of tokens, held to one that is computed in fractions."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from authenticator.budget import _MOST, _PER_SECOND, Budget
from authenticator.errors import TooManyChecksError
from tests.authenticator.clocks import Clock

#: Seconds that pass, or a check of a wrong or of a right password.
STEPS = st.lists(st.sampled_from(["wrong", "wrong", "right", 1, 2, 5, 100]), max_size=40)

_FILLS = Fraction(_PER_SECOND).limit_denominator(1000)
_NOTHING = Fraction(1, 10**9)


@given(STEPS)
def test_there_is_room_as_long_as_something_is_left(steps: list[int | str]) -> None:
    """Some, and a part of one by chance; it fills by the second, and at once by what was right."""
    clock = Clock()
    budget = Budget(clock)
    fewest, most = Fraction(_MOST), Fraction(_MOST + 1)
    for step in [*["wrong"] * (_MOST - 2), *steps]:
        if isinstance(step, int):
            clock.now += step
            fewest = min(Fraction(_MOST), fewest + step * _FILLS)
            most = min(Fraction(_MOST + 1), most + step * _FILLS)
            continue
        try:
            budget.take()
        except TooManyChecksError:
            # A little more, as floats are not exact.
            assert fewest < 1 + _NOTHING
            most = min(most, 1 + _NOTHING)
            continue
        assert most > 1 - _NOTHING
        fewest = max(fewest, 1 - _NOTHING)
        if step == "right":
            budget.give_back()
        else:
            fewest, most = fewest - 1, most - 1
