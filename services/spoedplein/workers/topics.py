"""Which partition a region lives in: one explicit table, shared by every producer of the log."""

from spoedplein.domain.errors import SpoedpleinError
from spoedplein.settings import Settings


class UnknownRegionError(SpoedpleinError):
    """The region is not in the setting `regions`; add it there with a partition of its own or a shared one."""

    def __init__(self, region: str) -> None:
        super().__init__(f'region "{region}" is not in the setting `regions`; add it there with its partition')


def partition_of(region: str, settings: Settings) -> int:
    try:
        return settings.regions[region]
    except KeyError:
        raise UnknownRegionError(region) from None


def regions_of(partition: int, settings: Settings) -> tuple[str, ...]:
    return tuple(region for region, own in sorted(settings.regions.items()) if own == partition)
