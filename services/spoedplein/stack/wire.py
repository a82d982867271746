"""The one question we ask a broker by hand: who is there? (Kafka protocol, Metadata version 1.)"""

import socket
import struct

from spoedplein.stack.ports import HOST

_METADATA_REQUEST = struct.pack(">hhi", 3, 1, 1) + struct.pack(">h", 10) + b"spoedplein" + struct.pack(">i", 0)


def brokers_alive(port: int, *, timeout_seconds: float = 2.0) -> int:
    """How many brokers the one on this port counts as ready; 0 when nothing answers yet."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout_seconds) as connection:
            connection.sendall(struct.pack(">i", len(_METADATA_REQUEST)) + _METADATA_REQUEST)
            head = _receive(connection, 12)
    except OSError:
        return 0
    _length, _correlation, brokers = struct.unpack(">iii", head)
    return int(brokers)


def _receive(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = connection.recv(size - len(got))
        if not part:
            raise ConnectionResetError("closed while answering")
        got += part
    return got
