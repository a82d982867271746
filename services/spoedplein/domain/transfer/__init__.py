"""Regions together: what nothing here fits goes to the neighbours in agreed order, to bridging care, then to the ROAZ.

`asking` is the region that has the request, `hosting` the one that is asked, `bridging` what stands in until there is a
place, `relay` what of one region's decisions becomes an event in the other's log.
"""

from spoedplein.domain.transfer.asking import Transfer
from spoedplein.domain.transfer.bridging import Bridge
from spoedplein.domain.transfer.hosting import Guest
from spoedplein.domain.transfer.transfers import Transfers

__all__ = ["Bridge", "Guest", "Transfer", "Transfers"]
