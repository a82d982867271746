"""librdkafka's own mock broker, out of the confluent-kafka wheel: a first look without Java."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from spoedplein.stack import mock_broker
from spoedplein.stack.errors import StackError
from spoedplein.stack.places import open_state
from spoedplein.stack.topics import Topic

LACKS: Final = (
    "The embedded broker is librdkafka's mock: for a first look only. It keeps everything in memory and forgets it at "
    "exit, drops the oldest records above 5 MiB or 100,000 per partition, compacts nothing, and knows no CreateTopics. "
    "A record does not wake a waiting fetch: a consumer sees it when its `fetch_max_wait_ms` is over. "
    "Joining a group that has been used before takes a session timeout."
)
# For consumers on the embedded broker, for the reason above.
FETCH_MAX_WAIT_MS: Final = 50
_STOP_SECONDS: Final = 5.0


class EmbeddedBroker:
    """As `LocalKafka`: start it, use `.bootstrap`, stop it; but read `LACKS`. The port is always a free one.

    It ends when our end of its standard input closes, however we went.
    """

    def __init__(self, state: Path) -> None:
        self._output = state / "embedded.out"
        self._process: subprocess.Popen[str] | None = None
        self._bootstrap = ""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        if not self._bootstrap:
            raise StackError("The embedded broker was not started.")
        return self._bootstrap

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        open_state(self._output.parent)
        library = _librdkafka()
        with self._output.open("w") as output:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and script
                [sys.executable, "-I", mock_broker.__file__, str(library)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,
            )
        try:
            self._bootstrap = self._heard()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """And forgets everything."""
        if self._process is not None:
            with self._process as process:  # closes its input, which ends it, and waits
                _close_input(process)
                try:
                    process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
        self._process, self._bootstrap = None, ""

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Names and numbers of partitions; the mock knows no settings of topics."""
        for topic in topics:
            self._tell(json.dumps([topic.name, topic.partitions]))
            if wrong := self._heard():
                raise StackError(f"The embedded broker did not make topic {topic.name}: {wrong}.")

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise StackError("The embedded broker was not started.")
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _heard(self) -> str:
        line = "" if self._process is None or self._process.stdout is None else self._process.stdout.readline()
        if not line:
            raise StackError(f"The embedded broker ended. It said: {self._output.read_text().strip() or 'nothing'}")
        return line.strip()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def _librdkafka() -> Path:
    wheel = importlib.util.find_spec("confluent_kafka")
    if wheel is None or wheel.origin is None:
        raise StackError(
            "The embedded broker comes with the extra `local` of this package: pip install 'spoedplein[local]' "
            "(`make` does), or use Apache Kafka (--broker kafka)."
        )
    package = Path(wheel.origin).parent
    for pattern in ("../confluent_kafka.libs/librdkafka*.so*", ".dylibs/librdkafka*"):
        for found in package.glob(pattern):
            return found
    raise StackError(
        f"The confluent-kafka in {package} brings no librdkafka of its own (a build of this system's?): install "
        "its wheel, or use Apache Kafka (--broker kafka)."
    )


def _close_input(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.close()
