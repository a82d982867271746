"""What one `spoedplein up` leaves for the next, in its state directory: which run it was, how far its time came.

Time must never run back: records of an earlier run stand on the topics. So a running `up` writes ahead of its clock,
and one that was killed resumes a little later than it ended. Regions keep their partition, and with it their order.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spoedplein.clock import Clock, ScaledClock
from spoedplein.stack.errors import StackError

FILE: Final = "run.json"
#: How far, in real seconds, a running `up` writes ahead of its clock. It writes every second.
AHEAD_SECONDS: Final = 5.0


class Run(BaseModel):
    """`reached_ms` is simulated time: nothing that came of this run or earlier ones is dated later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(ge=1)]
    seed: int
    reached_ms: int
    partitions: dict[str, int]

    @property
    def name(self) -> str:
        """Part of every id that this run's sources give."""
        return f"x{self.number}"


class Runs:
    """The runs of one state directory. `run` is the present one, once it was begun."""

    def __init__(self, state: Path) -> None:
        self._file = state / FILE
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        assert self._run is not None, "a run was begun"
        return self._run

    def begin(self, *, seed: int | None, start_ms: int, regions: Iterable[str], partitions: int) -> Run:
        """The next run. Without a `seed` it goes on with the one before; `start_ms` is for the very first."""
        last = self._read()
        self._write(
            Run(
                number=last.number + 1 if last else 1,
                seed=last.seed if last and seed is None else seed or 0,
                reached_ms=last.reached_ms if last else start_ms,
                partitions=_placed(last.partitions if last else {}, regions, partitions=partitions),
            )
        )
        return self.run

    def begin_again(self) -> Run:
        """Another run while this `up` goes on: its sources had to start anew."""
        self._write(self.run.model_copy(update={"number": self.run.number + 1}))
        return self.run

    def reach(self, clock: Clock, *, ahead: bool) -> None:
        """Remember how far the clock has come; `ahead` while it goes on running."""
        ahead_ms = round(AHEAD_SECONDS * 1000 * clock.speed) if ahead and isinstance(clock, ScaledClock) else 0
        self._write(self.run.model_copy(update={"reached_ms": clock.now_ms() + ahead_ms}))

    def forget(self) -> None:
        """The next run is the first again."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> Run | None:
        try:
            return Run.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise StackError(
                f"{self._file} cannot be read, and it says how far the data beside it came. "
                f"Put it back, or remove {self._file.parent} to begin anew."
            ) from error

    def _write(self, run: Run) -> None:
        """Beside it first, so that a kill never leaves half of it."""
        new = self._file.with_suffix(".new")
        new.write_text(run.model_dump_json(indent=2) + "\n", encoding="utf-8")
        new.replace(self._file)
        self._run = run


def _placed(known: Mapping[str, int], regions: Iterable[str], *, partitions: int) -> dict[str, int]:
    """A partition for each region: the one it has, else one of its own while there are any."""
    placed = dict(known)
    for region in sorted(set(regions) - set(placed)):
        free = [number for number in range(partitions) if number not in placed.values()]
        placed[region] = free[0] if free else len(placed) % partitions
    return placed
