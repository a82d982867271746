"""When Python looks for garbage that hangs together in circles: seldom, and never while much is made that stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: A batch makes many objects that die young, without circles; by default what a worker keeps was looked through again
#: and again meanwhile, and decoding a national day took twice as long.
THRESHOLDS: Final = (100_000, 50, 1000)


def look_seldom() -> None:
    """From now on, as every process that serves does."""
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def not_looked_for() -> Iterator[None]:
    """While modules are imported, or a state is read back: all of it stays, and looking takes a quarter of the time.

    Then it counts as looked at: or all of it would be at once.
    """
    looked_for = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if looked_for:
            gc.enable()
