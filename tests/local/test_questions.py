"""What many viewers ask at once, and what S3 hears of it."""

import asyncio

import pytest

from local.questions import Questions

pytestmark = pytest.mark.anyio


class Asked:
    """Questions that end when they are let go, and are numbered as they begin."""

    def __init__(self) -> None:
        self.begun = 0
        self.ends = asyncio.Semaphore(0)

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await self.ends.acquire()
        return number


async def soon() -> None:
    """Time enough for everything that waits for nothing."""
    await asyncio.sleep(0.05)


async def test_who_comes_during_a_question_gets_an_answer_to_a_later_one() -> None:
    """One that all who came meanwhile share; never the one that was under way before them."""
    questions, asked = Questions[int](), Asked()
    first = asyncio.create_task(questions.ask("/a", asked))
    await soon()
    crowd = [asyncio.create_task(questions.ask("/a", asked)) for _ in range(7)]
    await soon()
    assert asked.begun == 1
    asked.ends.release()
    asked.ends.release()
    assert await first == 1
    assert await asyncio.gather(*crowd) == [2] * 7


async def test_one_uri_does_not_wait_for_another() -> None:
    """Nor for a question that has ended."""
    questions, asked = Questions[int](), Asked()
    both = [asyncio.create_task(questions.ask(uri, asked)) for uri in ("/a", "/b")]
    await soon()
    assert asked.begun == 2
    for _ in range(3):
        asked.ends.release()
    await asyncio.gather(*both)
    assert await questions.ask("/a", asked) == 3


async def test_a_viewer_who_leaves_takes_the_answer_from_nobody() -> None:
    """The others still get it."""
    questions, asked = Questions[int](), Asked()
    leaving, staying = (asyncio.create_task(questions.ask("/a", asked)) for _ in range(2))
    await soon()
    leaving.cancel()
    asked.ends.release()
    assert await staying == 1


async def test_a_question_that_hangs_holds_up_the_next_for_a_while_only() -> None:
    """Then both are under way."""
    questions, asked = Questions[int](pause_seconds=0.1), Asked()
    hanging = asyncio.create_task(questions.ask("/a", asked))
    await soon()
    after = asyncio.create_task(questions.ask("/a", asked))
    await asyncio.sleep(0.3)
    assert asked.begun == 2
    asked.ends.release()
    asked.ends.release()
    assert sorted(await asyncio.gather(hanging, after)) == [1, 2]


async def test_a_failure_is_that_of_all_who_waited_and_of_nobody_later() -> None:
    """The next question is asked anew."""
    questions, asked = Questions[int](), Asked()

    async def fail() -> int:
        raise LookupError

    outcomes = await asyncio.gather(*(questions.ask("/a", fail) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [LookupError, LookupError]
    asked.ends.release()
    assert await questions.ask("/a", asked) == 1
