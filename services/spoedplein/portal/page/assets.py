"""What the pages load: our own style and script, and htmx out of its wheel. Nothing comes from elsewhere."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static"


def add_assets(app: FastAPI) -> None:
    """Served without asking who comes: there is nothing of anybody in them."""
    app.mount(f"{PREFIX}/htmx", StaticFiles(directory=_htmx()), name="htmx")
    app.mount(PREFIX, StaticFiles(directory=STATIC), name="static")


def _htmx() -> Path:
    """The folder of the wheel; found without importing it, since it greets Django on import."""
    spec = find_spec("js_lib_htmx")
    assert spec is not None, "the dependency is installed"
    assert spec.origin is not None, "it is an ordinary package"
    return Path(spec.origin).parent / "static" / "htmx"
