"""Structured logs: one JSON object a line on standard error. `action` is the stable word beside the human sentence."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure(*, level: str, process: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonFormatter(
        "{asctime}{levelname}{name}{message}",
        style="{",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        static_fields={"process": process},
    )
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Faust and aiokafka narrate each rebalance at INFO; their warnings are what an operator needs.
    for noisy in ("faust", "aiokafka", "mode", "asyncio", "spoedplein.workers.transport.consumer"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
