"""An environment for each peer, made when it is first needed: a peer may want other versions than we do."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from loadtests.rig import LoadTestError
from spoedplein.stack.places import checkout_root

REQUIREMENTS: Final = Path(__file__).parent / "requirements"
#: Bytewax ships wheels for no newer Python.
PYTHON_MAX: Final = (3, 12)
_READY: Final = "ready"
_VERSIONS: Final = """
import sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")
"""


def python_of(peer: str, *, say: Callable[[str], None]) -> Path:
    """The interpreter of the peer's environment, with exactly what `requirements/<peer>.txt` pins.

    Raises `LoadTestError` when it cannot be made.
    """
    pinned = REQUIREMENTS / f"{peer}.txt"
    digest = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = checkout_root() / ".cache" / "peers" / f"{peer}-{digest}"
    python = place / "bin" / "python"
    if not (place / _READY).exists():
        if sys.version_info[:2] > PYTHON_MAX:
            wanted = ".".join(map(str, PYTHON_MAX))
            raise LoadTestError(f"the peers need Python {wanted} or older; make the environment anew with that")
        say(f"making an environment for {peer}; the first time only")
        _run(peer, sys.executable, "-m", "venv", "--clear", str(place))
        _run(peer, str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(pinned))
        (place / _READY).touch()
    return python


def versions(python: Path, packages: tuple[str, ...]) -> str:
    """What stands there, as `package version, package version`."""
    return _run("versions", str(python), "-c", _VERSIONS, *packages).strip()


def _run(peer: str, *command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadTestError(f"the environment of {peer} cannot be made. It said:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
