"""Python sources are parsed in several threads at once."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from codem_ray.languages.python_syntax import parse_python

SOURCE = "".join(
    f"def f{n}(a, b):\n    return [x * {n} + a for x in range(b) if x % 3]\n" for n in range(100)
)


class Garbage:
    """A reference cycle whose finaliser runs Python code, in whichever thread collects it."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(3):
            pass


@pytest.fixture
def busy_interpreter() -> Iterator[None]:
    """Switch threads and collect garbage as often as possible."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("busy_interpreter")
def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    def parse(_: int) -> None:
        for _ in range(10):
            parse_python(SOURCE)

    def make_garbage(_: int) -> None:
        for _ in range(10_000):
            Garbage()

    with ThreadPoolExecutor(10) as pool:
        parsed = [pool.submit(parse, number) for number in range(8)]
        made = [pool.submit(make_garbage, number) for number in range(2)]
        for future in (*parsed, *made):
            future.result()
