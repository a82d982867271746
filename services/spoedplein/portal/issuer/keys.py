"""The key that signs: made once per state directory, readable by its owner only, in no repository."""

import json
import os
from pathlib import Path
from typing import Final

from joserfc import jwk
from joserfc.errors import JoseError

from spoedplein.portal.issuer.errors import LocalIssuerError

FILE: Final = "signing-key.json"
ALGORITHM: Final = "ES256"


def signing_key(directory: Path) -> jwk.ECKey:
    """The directory's key; made when there is none. LocalIssuerError when its file cannot be used."""
    file = directory / FILE
    if not file.exists():
        _make(file)
    try:
        key = jwk.import_key(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, JoseError) as error:
        raise LocalIssuerError(f"{file} holds no key that can be used; remove it, and a new one is made.") from error
    if not isinstance(key, jwk.ECKey) or not key.is_private:
        raise LocalIssuerError(f"{file} holds another kind of key than ours; remove it, and a new one is made.")
    return key


def _make(file: Path) -> None:
    """Whole or not at all; of two that make one at the same time the first one counts."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    half = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as writing:
        json.dump(key.as_dict(private=True), writing)
    try:
        file.hardlink_to(half)
    except FileExistsError:
        return
    finally:
        half.unlink()
