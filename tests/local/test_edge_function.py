import asyncio
import threading
from typing import Any

import pytest

from local.edge_function import EdgeFunction, FunctionFailedError
from local.lambda_context import InvalidFunctionArnError

pytestmark = pytest.mark.anyio

ARN = "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.demo-authenticator:7"


class Turnstile:
    """A handler that counts who is inside, and holds everyone until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.inside = self.most = self.calls = 0

    def __call__(self, event: dict[str, Any], context: object) -> object:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.opened.wait(10)
        self.inside -= 1
        return event


async def test_a_handler_gets_its_event_and_context() -> None:
    """The context names the function and counts down from its timeout."""

    def handler(event: dict[str, Any], context: Any) -> object:
        return [event, context.function_name, context.get_remaining_time_in_millis() <= 5000]

    function = EdgeFunction(handler, ARN, timeout_seconds=5)
    assert await function({"a": 1}) == [{"a": 1}, "us-east-1.demo-authenticator", True]


async def test_a_handler_has_a_copy_of_its_event() -> None:
    """What it does to its event is seen in its result alone."""

    def handler(event: dict[str, Any], context: object) -> object:
        event["a"].append(2)
        return event

    event = {"a": [1]}
    assert await EdgeFunction(handler, ARN, timeout_seconds=5)(event) == {"a": [1, 2]}
    assert event == {"a": [1]}


async def test_a_result_goes_through_json() -> None:
    """A tuple comes out as a list, as it does on AWS."""
    function = EdgeFunction(lambda event, context: ("a", {1: None}), ARN, timeout_seconds=5)  # noqa: ARG005
    assert await function({}) == ["a", {"1": None}]


@pytest.mark.parametrize("result", [b"bytes", {"a": {1, 2}}, object()])
async def test_a_result_that_is_no_json_is_a_failure(result: object) -> None:
    """Lambda cannot pass it on."""
    function = EdgeFunction(lambda event, context: result, ARN, timeout_seconds=5)  # noqa: ARG005
    with pytest.raises(FunctionFailedError, match="TypeError"):
        await function({})


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(3), StopIteration(), KeyboardInterrupt()])
async def test_whatever_a_handler_raises_is_a_failure(error: BaseException) -> None:
    """The failure names the exception's type, and has it as its cause."""

    def handler(event: object, context: object) -> object:
        raise error

    with pytest.raises(FunctionFailedError, match=type(error).__name__) as caught:
        await EdgeFunction(handler, ARN, timeout_seconds=5)({})
    assert caught.value.__cause__ is error


async def test_a_handler_never_runs_twice_at_once() -> None:
    """Ten requests at a time are served one after the other."""
    handler = Turnstile()
    handler.opened.set()
    function = EdgeFunction(handler, ARN, timeout_seconds=5)
    results = await asyncio.gather(*(function({"n": n}) for n in range(10)))
    assert results == [{"n": n} for n in range(10)]
    assert (handler.calls, handler.most) == (10, 1)


async def test_an_overrun_is_a_failure_and_the_last_of_its_environment() -> None:
    """The next request finds a new one, however long the old goes on."""
    stuck = threading.Event()

    def handler(event: dict[str, Any], context: object) -> object:
        if event["stuck"]:
            stuck.wait(10)
        return event

    function = EdgeFunction(handler, ARN, timeout_seconds=0.3)
    for _ in range(2):
        with pytest.raises(FunctionFailedError, match=r"longer than 0\.3 s"):
            await function({"stuck": True})
        assert await function({"stuck": False}) == {"stuck": False}
    stuck.set()


async def test_those_behind_an_overrun_are_served_by_the_next_environment() -> None:
    """Only what overran fails, and it fails in its time."""
    stuck = threading.Event()

    def handler(event: dict[str, Any], context: object) -> object:
        if event["n"] == 0:
            stuck.wait(10)
        return event

    function = EdgeFunction(handler, ARN, timeout_seconds=0.3)
    outcomes = asyncio.gather(*(function({"n": n}) for n in range(4)), return_exceptions=True)
    first, *others = await asyncio.wait_for(outcomes, 3)
    assert isinstance(first, FunctionFailedError)
    assert others == [{"n": 1}, {"n": 2}, {"n": 3}]
    stuck.set()


async def test_an_environment_ends_with_its_function() -> None:
    """No thread is left."""
    before = set(threading.enumerate())
    function = EdgeFunction(lambda event, context: event, ARN, timeout_seconds=5)  # noqa: ARG005
    await function({})
    del function
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


async def test_a_viewer_who_leaves_does_not_let_the_next_one_in_beside_him() -> None:
    """His invocation goes on, in the one environment there is."""
    handler = Turnstile()
    function = EdgeFunction(handler, ARN, timeout_seconds=5)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(function({"n": 1}), 0.1)
    next_one = asyncio.create_task(function({"n": 2}))
    await asyncio.sleep(0.1)
    assert handler.calls == 1
    handler.opened.set()
    assert await next_one == {"n": 2}
    assert (handler.calls, handler.most) == (2, 1)


async def test_waiting_for_its_turn_costs_a_request_nothing() -> None:
    """The time counts from the start of an invocation: on AWS, another environment would serve it."""

    def handler(event: dict[str, Any], context: object) -> object:
        threading.Event().wait(0.1)
        return event

    function = EdgeFunction(handler, ARN, timeout_seconds=0.5)
    assert len(await asyncio.gather(*(function({}) for _ in range(8)))) == 8


async def test_a_wrong_arn_is_known_at_once() -> None:
    """Not at the first request."""
    with pytest.raises(InvalidFunctionArnError):
        EdgeFunction(lambda event, context: event, "demo", timeout_seconds=5)  # noqa: ARG005
