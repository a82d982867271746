"""What was measured and kept can be shown again, whatever it was measured along."""

from pathlib import Path

from click.testing import CliRunner
from loadtests import results
from loadtests.__main__ import loadtests


def test_all_that_is_kept_is_shown_as_tables_and_on_a_page(tmp_path: Path) -> None:
    kept = results.newest(results.RESULTS)
    shown = CliRunner().invoke(loadtests, ["show", "--page", str(tmp_path)])

    assert isinstance(shown.exception, SystemExit), shown.exception
    for result in kept.values():
        assert result.commit in shown.output
    assert (tmp_path / "index.html").stat().st_size > 0
    assert {"end-to-end", "soak"} <= kept.keys()
