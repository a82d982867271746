"""What a machine may lack, and the sentence that says how to mend it."""

import hashlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from spoedplein.stack import places
from spoedplein.stack.errors import StackError
from spoedplein.stack.jars import find_java, resolve_jars
from spoedplein.stack.kafka import LocalKafka
from spoedplein.stack.ports import claim_port, free_port, listens

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a shell script of that name on a PATH on which nothing else is."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def put(name: str, script: str) -> Path:
        path = place / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return put


@pytest.mark.usefixtures("program")
def test_without_java_the_error_names_what_to_install_and_what_else_can_be_done(tmp_path: Path) -> None:
    with pytest.raises(StackError) as refused:
        LocalKafka(tmp_path / "state").start()

    for word in ("Java 17 or newer", "JAVA_HOME", "apt install openjdk-17-jre-headless", "--broker embedded"):
        assert word in str(refused.value)


@pytest.mark.parametrize(
    ("says", "major"),
    [
        pytest.param('openjdk version "11.0.27" 2025-04-15', 11, id="eleven"),
        pytest.param('java version "1.8.0_452"', 8, id="eight-in-the-old-way"),
        pytest.param("The operation could not be completed", 0, id="a-stub-that-is-no-java"),
    ],
)
def test_java_that_is_too_old_is_named_with_its_version(program: Program, says: str, major: int) -> None:
    java = program("java", f"echo '{says}' >&2")

    with pytest.raises(StackError, match=rf"17 or newer, and {java} is Java {major}\."):
        find_java()


@pytest.mark.parametrize("says", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "25" 2025-09-16'])
def test_java_that_is_new_enough_is_taken_and_java_home_goes_first(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    on_path = program("java", f"echo '{says}' >&2")
    assert find_java() == on_path

    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    on_path.rename(home / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java() == home / "bin" / "java"


@pytest.mark.usefixtures("program")
def test_without_maven_the_error_names_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"no `mvn` on the PATH\. Install it .*apt install maven"):
        resolve_jars(tmp_path / "jars", say=lambda _text: None)


def test_when_maven_fails_its_words_are_told_and_no_half_filled_directory_stays(
    program: Program, tmp_path: Path
) -> None:
    program("mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
    cache = tmp_path / "jars"

    with pytest.raises(StackError, match=r"(?s)could not resolve .*pom\.xml \(exit 1\).*Could not transfer artifact"):
        resolve_jars(cache, say=lambda _text: None)

    assert list(cache.iterdir()) == []


def test_jars_are_fetched_once_and_again_when_the_pom_changes(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        "mvn", 'for a; do case $a in -DoutputDirectory=*) d=${a#*=};; esac; done; /bin/mkdir "$d"; : > "$d/kafka_2.jar"'
    )
    pom = tmp_path / "checkout" / "deploy" / "kafka" / "pom.xml"
    pom.parent.mkdir(parents=True)
    monkeypatch.setenv(places.CHECKOUT_VARIABLE, str(tmp_path / "checkout"))
    said: list[str] = []

    for text in ("<one/>", "<one/>", "<two/>"):
        pom.write_text(text)
        jars = resolve_jars(tmp_path / "jars", say=said.append)
        assert jars.name == f"kafka-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        assert [jar.name for jar in jars.iterdir()] == ["kafka_2.jar"]

    assert len(said) == 2


def test_a_free_port_is_free_and_a_port_that_nobody_holds_may_be_claimed() -> None:
    port = free_port()
    assert claim_port(port, what="a test") == port
    assert claim_port(None, what="a test") > 0


def test_somebody_listens_on_a_port_until_he_stops() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        assert listens(port)
    assert not listens(port)


def test_a_port_in_use_is_refused_with_what_it_is_for() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as held,
        pytest.raises(StackError, match="wanted for the portal, is taken"),
    ):
        claim_port(held.getsockname()[1], what="the portal")


def test_a_disk_that_is_nearly_full_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"has [\d.]+ GiB free and the local stack wants 1048576\.0 GiB"):
        places.open_state(tmp_path, free_bytes_min=1 << 50)


def test_a_state_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=r"Cannot make the state directory .*file/state: Not a directory"):
        places.open_state(tmp_path / "file" / "state")


def test_a_place_that_is_no_checkout_is_named_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.CHECKOUT_VARIABLE, str(tmp_path))
    with pytest.raises(StackError, match=rf"{tmp_path} is not a source checkout.*set {places.CHECKOUT_VARIABLE}"):
        places.checkout_root()
