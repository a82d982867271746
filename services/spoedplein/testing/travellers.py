"""Persons whom several simulated regions know by different names: each of them is in one place at a time."""


class Travellers:
    """Shared by the workloads of regions that exchange patients; `played` tells that neighbours are simulated too."""

    def __init__(self, *, played: bool = False) -> None:
        self.played = played
        self._names: dict[str, str] = {}
        self._arrived: set[str] = set()

    def known_as(self, transfer: str, request: str) -> None:
        """Over there the person of this request is known by the transfer's pseudonym."""
        self._names[transfer] = request

    def arrive(self, name: str) -> None:
        self._arrived.add(self._names.get(name, name))

    def is_in(self, name: str) -> bool:
        """Whether the person is in a place already, under whatever name."""
        return self._names.get(name, name) in self._arrived
