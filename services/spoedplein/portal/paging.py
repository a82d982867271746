"""Pages of a list, by cursor: a cursor names the last item that was seen, so that nothing is skipped or told twice."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from fastapi import Depends, Query

from spoedplein.portal.problems import ProblemError

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200
CURSOR_MAX: Final = 400

Key = list[Any]
_Item = TypeVar("_Item")


class CursorError(ProblemError):
    """The cursor is none of ours."""

    def __init__(self) -> None:
        detail = "The cursor is none that this list gave; begin without one."
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "cursor", detail)


class Page(NamedTuple):
    """How much is asked, and after which key."""

    limit: int
    after: Key | None

    def of(self, items: Iterable[_Item], key: Callable[[_Item], Key]) -> tuple[list[_Item], str | None]:
        """The items of this page, out of items in the order of their keys; and the cursor of the next page, if any."""
        rest = (item for item in items if self.after is None or self._follows(key(item)))
        found = [item for _, item in zip(range(self.limit + 1), rest, strict=False)]
        more = len(found) > self.limit
        return found[: self.limit], cursor(key(found[self.limit - 1])) if more else None

    def _follows(self, key: Key) -> bool:
        try:
            return key > self.after  # type: ignore[operator]
        except TypeError as error:
            raise CursorError from error


def cursor(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _page(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Most items in one answer.")] = LIMIT_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=CURSOR_MAX, description="`next` of the answer before; opaque.")
    ] = None,
) -> Page:
    return Page(limit, None if cursor is None else key_of(cursor))


def key_of(text: str) -> Key:
    """Of the last item that was seen, as a cursor names it."""
    if len(text) > CURSOR_MAX:
        raise CursorError
    try:
        key = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorError from error
    if not isinstance(key, list):
        raise CursorError
    return key


PageDep = Annotated[Page, Depends(_page)]
