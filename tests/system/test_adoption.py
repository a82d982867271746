"""Agreements put in force by the command, on a running system: what the operator is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spoedplein.settings import FILE_VARIABLE
from spoedplein.stack.places import deploy_file
from spoedplein.stack.system import SETTINGS_FILE, System
from tests.system.conftest import StartSystem

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

FILE = deploy_file("regions", "venlo.toml")


def test_a_newer_version_comes_in_force_and_an_older_one_only_on_purpose(
    start_system: StartSystem, tmp_path: Path
) -> None:
    with start_system([FILE]) as system:
        newer = _version(tmp_path, "2026.10")

        done = _adopt(system, newer)
        assert (done.returncode, done.stdout) == (0, f"{newer}: 2026.10 is in force, instead of 2026.1\n")

        refused = _adopt(system, FILE)
        assert refused.returncode == 1
        assert "refused: 2026.1 is older than 2026.10, which is in force" in refused.stderr

        again = _adopt(system, newer, "--wait", "3")
        assert again.returncode == 0
        assert "when this very text is in force already" in again.stdout

        back = _adopt(system, FILE, "--older")
        assert (back.returncode, back.stdout) == (0, f"{FILE}: 2026.1 is in force, instead of 2026.10\n")


def _version(folder: Path, version: str) -> Path:
    file = folder / "venlo.toml"
    file.write_text(FILE.read_text(encoding="utf-8").replace('version = "2026.1"', f'version = "{version}"'))
    return file


def _adopt(system: System, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """With time to answer: the machine that runs this may be busy."""
    command = [sys.executable, "-m", "spoedplein", "agreements", "adopt", str(file), "--wait", "60", *more]
    env = os.environ | {FILE_VARIABLE: str(system.state / SETTINGS_FILE)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
