"""How far a measurement is, and when it will be done."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Shown:
    """A bar for everything, in which each scenario weighs the `minutes` that it is expected to take.

    Without a terminal every step is a line.
    """

    def __init__(self, minutes: Mapping[str, float]) -> None:
        self._minutes = dict(minutes)
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=self._console,
            speed_estimate_period=1200,
        )
        self._all: TaskID = self._progress.add_task("everything", total=sum(self._minutes.values()))
        self._done = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, scenario: str) -> "Steps":
        self.at(scenario, 0.0, "begins")
        return Steps(self, scenario)

    def end(self, scenario: str) -> None:
        self._done += self._minutes[scenario]
        self._progress.update(self._all, completed=self._done)

    def at(self, scenario: str, share: float, doing: str) -> None:
        done = self._done + share * self._minutes[scenario]
        self._progress.update(self._all, completed=done, description=f"{scenario}: {doing}")
        if not self._console.is_terminal:
            self.say(f"{scenario}: {doing}")

    def say(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False)


class Steps:
    """The `Progress` of one scenario."""

    def __init__(self, shown: Shown, scenario: str) -> None:
        self._shown = shown
        self._scenario = scenario
        self._expected = 1
        self._begun = 0

    def expect(self, steps: int) -> None:
        self._expected, self._begun = max(1, steps), 0

    def step(self, doing: str) -> None:
        self._shown.at(self._scenario, min(1.0, self._begun / self._expected), doing)
        self._begun += 1

    def say(self, text: str) -> None:
        self._shown.say(f"{self._scenario}: {text}")
