"""The process behind `EmbeddedBroker` (run as a script): librdkafka's mock cluster, served until standard input ends.

Says its address on the first line. Then each line in is JSON, `[topic, partitions]`, and each line out answers it:
empty for made (or there already, with as many), else librdkafka's words for what is wrong.
Argument: the path of librdkafka.
"""

import ctypes
import json
import sys
from typing import Final

_PRODUCER: Final = 0
_TOPIC_ALREADY_EXISTS: Final = 36
# What a topic has that the mock made by itself, because a client asked for it.
_AUTO_CREATED_PARTITIONS: Final = 4
_ERROR_BYTES: Final = 512


def main(library: str) -> int:
    rdkafka = _typed(ctypes.CDLL(library))
    words = ctypes.create_string_buffer(_ERROR_BYTES)
    client = rdkafka.rd_kafka_new(_PRODUCER, rdkafka.rd_kafka_conf_new(), words, _ERROR_BYTES)
    cluster = client and rdkafka.rd_kafka_mock_cluster_new(client, 1)
    if not cluster:
        print(f"librdkafka made no mock cluster: {words.value.decode()}", file=sys.stderr)
        return 1
    rdkafka.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    _answer(rdkafka.rd_kafka_mock_cluster_bootstraps(cluster).decode())
    made: dict[str, int] = {}
    for line in sys.stdin:
        topic, partitions = json.loads(line)
        error = rdkafka.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, 1)
        if error == _TOPIC_ALREADY_EXISTS and made.get(topic, _AUTO_CREATED_PARTITIONS) == partitions:
            error = 0
        made.setdefault(topic, partitions)
        _answer(rdkafka.rd_kafka_err2str(error).decode() if error else "")
    return 0


def _answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _typed(rdkafka: ctypes.CDLL) -> ctypes.CDLL:
    """Results and arguments of what we call; pointers would be cut to 32 bits without."""
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, ()),
        ("rd_kafka_new", pointer, (number, pointer, text, ctypes.c_size_t)),
        ("rd_kafka_err2str", text, (number,)),
        ("rd_kafka_mock_cluster_new", pointer, (pointer, number)),
        ("rd_kafka_mock_cluster_bootstraps", text, (pointer,)),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, (pointer, ctypes.c_int32)),
        ("rd_kafka_mock_topic_create", number, (pointer, text, number, number)),
    ):
        function = getattr(rdkafka, name)
        function.restype, function.argtypes = result, arguments
    return rdkafka


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
