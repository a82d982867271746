"""Whose tokens count, as the settings say."""

from joserfc.jwk import KeySet

from spoedplein.clock import SystemClock
from spoedplein.portal.access.tokens import FixedKeys, Trusted, Verifier
from spoedplein.settings import Settings, SettingsError


def verifier(settings: Settings) -> Verifier:
    """With the keys of the file; without one no token holds. Raises `SettingsError` for a file that cannot be used."""
    return Verifier(
        Trusted(issuer=settings.portal_issuer, audience=settings.portal_audience),
        FixedKeys(_keys(settings)),
        now_seconds=lambda: SystemClock().now_ms() // 1000,
    )


def _keys(settings: Settings) -> KeySet:
    file = settings.portal_keys_file
    if file is None:
        return KeySet([])
    try:
        return KeySet.import_key_set(file.read_text(encoding="utf-8"))  # type: ignore[arg-type]
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"SPOEDPLEIN_PORTAL_KEYS_FILE names {file}, which is no JWKS file that can be read. Mend it."
        raise SettingsError(msg) from error
