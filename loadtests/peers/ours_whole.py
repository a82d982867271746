"""Our coordination worker as it is: the job, and every view that changed published too."""

import asyncio

import uvloop

from loadtests.peers.job import Task
from loadtests.peers.ours import Metered, run

if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(Task.told(), Metered))
