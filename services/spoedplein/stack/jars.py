"""Java, and the jars of Apache Kafka: resolved by Maven once, and again when deploy/kafka/pom.xml changes."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from spoedplein.stack.errors import StackError
from spoedplein.stack.places import deploy_file

JAVA_MAJOR_MIN: Final = 17
_MAVEN_SECONDS_MAX: Final = 900
_WITHOUT_KAFKA: Final = "or use a Kafka that runs elsewhere (--bootstrap), or, for a first look, `--broker embedded`"


def find_java() -> Path:
    """`$JAVA_HOME/bin/java` or `java` on the PATH, when it is new enough for Kafka."""
    java = _java()
    if java is None:
        raise StackError(
            f"Apache Kafka needs Java {JAVA_MAJOR_MIN} or newer, and there is no `java` in $JAVA_HOME or on the PATH. "
            f"Install it (Debian, Ubuntu: apt install openjdk-{JAVA_MAJOR_MIN}-jre-headless), {_WITHOUT_KAFKA}."
        )
    major = _major(java)
    if major < JAVA_MAJOR_MIN:
        raise StackError(
            f"Apache Kafka needs Java {JAVA_MAJOR_MIN} or newer, and {java} is Java {major}. "
            f"Install a newer one and let JAVA_HOME point to it, {_WITHOUT_KAFKA}."
        )
    return java


def resolve_jars(cache: Path, *, say: Callable[[str], None]) -> Path:
    """The directory with the broker's jars, below `cache`."""
    pom = deploy_file("kafka", "pom.xml")
    jars = cache / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:16]}"
    if not jars.is_dir():
        say(f"Fetching Apache Kafka with Maven (once) into {jars} ...")
        _resolve(pom, jars)
    return jars


def _resolve(pom: Path, jars: Path) -> None:
    """Into a directory beside it first, so that a half-filled one is never taken for whole."""
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError(
            "The jars of Apache Kafka are fetched by Maven, and there is no `mvn` on the PATH. "
            f"Install it (Debian, Ubuntu: apt install maven), {_WITHOUT_KAFKA}."
        )
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent, prefix="fetching-") as scratch:
        fetched = Path(scratch) / "jars"
        _run_maven(maven, pom, fetched)
        try:
            fetched.rename(jars)
        except OSError:
            if not jars.is_dir():  # else another process was first, with the same
                raise


def _run_maven(maven: str, pom: Path, fetched: Path) -> None:
    order = [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(  # noqa: S603  found on the PATH, arguments are ours
            [*order, f"-DoutputDirectory={fetched}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MAVEN_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Maven did not finish {pom} in {_MAVEN_SECONDS_MAX} s. Is there a connection?") from error
    if done.returncode != 0 or not any(fetched.glob("kafka_*.jar")):
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][:8]
        raise StackError(
            f"Maven could not resolve {pom} (exit {done.returncode}). Is there a connection, and does Maven know "
            "a repository that it may use (settings.xml)? It said:\n" + "\n".join(said)
        )


def _java() -> Path | None:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        return Path(home) / "bin" / "java"
    found = shutil.which("java")
    return Path(found) if found else None


def _major(java: Path) -> int:
    """17 of `version "17.0.15"`, 8 of `version "1.8.0_452"`; 0 when it does not say."""
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603  found above
    said = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(said.group(1)) if said else 0
