"""Where things are: the checkout with its deploy files, and state directories with room left on their disk."""

import os
import shutil
from pathlib import Path
from typing import Final

from spoedplein.stack.errors import StackError

CHECKOUT_VARIABLE: Final = "SPOEDPLEIN_CHECKOUT"
# Kafka stops for good when its disk is full, and PostgreSQL turns read-only: better not to start than to end so.
FREE_BYTES_MIN: Final = 1 << 30


def checkout_root() -> Path:
    """The source checkout: `$SPOEDPLEIN_CHECKOUT`, or the one this package was imported from."""
    named = os.environ.get(CHECKOUT_VARIABLE)
    root = Path(named) if named else Path(__file__).resolve().parents[3]
    if not (root / "deploy" / "kafka" / "pom.xml").is_file():
        raise StackError(
            f"{root} is not a source checkout of spoedplein (no deploy/kafka/pom.xml in it). "
            f"The local stack needs one: run it from a checkout, or set {CHECKOUT_VARIABLE} to where the checkout is."
        )
    return root


def deploy_file(*parts: str) -> Path:
    path = checkout_root().joinpath("deploy", *parts)
    if not path.is_file():
        raise StackError(f"{path} is missing; restore it from version control.")
    return path


def open_state(state: Path, *, free_bytes_min: int = FREE_BYTES_MIN) -> Path:
    """Makes the directory when it is new, and answers its absolute path; refuses a disk that is nearly full."""
    state = state.absolute()
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(f"Cannot make the state directory {state}: {error.strerror}. Choose another place.") from error
    free = shutil.disk_usage(state).free
    if free < free_bytes_min:
        raise StackError(
            f"The disk of {state} has {free / 2**30:.1f} GiB free and the local stack wants "
            f"{free_bytes_min / 2**30:.1f} GiB: free some space, or choose a state directory on another disk."
        )
    return state
