"""What can be wrong with this machine, said so that a reader can mend it."""

from spoedplein.domain.errors import SpoedpleinError


class StackError(SpoedpleinError):
    """The local stack cannot start or go on; the message names the place and the mend."""
