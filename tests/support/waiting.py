"""Wait for what a test has started, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    attempt: Callable[[], T],
    what: str,
    *,
    seconds: float = 60.0,
    pause: float = 0.1,
    errors: tuple[type[Exception], ...] = (),
) -> T:
    """Call `attempt` until its result is true, and return the result.

    An error of the types `errors` means "not yet". TimeoutError names `what`, with the last result
    or error.
    """
    give_up_at = time.monotonic() + seconds
    while True:
        last: object
        try:
            if found := attempt():
                return found
            last = found
        except errors as error:
            last = error
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what}: not within {seconds:g} s (last: {last!r})")
        time.sleep(pause)
