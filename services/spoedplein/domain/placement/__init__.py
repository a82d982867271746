"""A request for a place: offered, accepted, admitted; declined, expired, taken back; exhausted and looked at again.

`requests` is the door: what requesters and owners say. `answers` is what providers say. `search` asks the best of the
`candidates`, and looks again when time or a place brings something new. `offers` holds and promises places. All write
in one `book`: the requests, who waits for which care, and their deadlines.
"""

from spoedplein.domain.placement.requests import Requests

__all__ = ["Requests"]
