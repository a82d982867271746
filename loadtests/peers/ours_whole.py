"""Our coordination worker as it is: the job, and every view that changed published too."""

from loadtests.peers.job import Task
from loadtests.peers.ours import Metered, run
from spoedplein.workers.app import new_runner

if __name__ == "__main__":
    with new_runner() as runner:
        runner.run(run(Task.told(), Metered))
