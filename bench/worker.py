"""`python -m bench.worker URL`: worker processes that bill one database together, started at the same moment."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.gateways import AtOnce
from bench.ours import ours


def main() -> int:
    """Say ready, wait for the word, bill until nothing is due, say how many charges it was."""
    logging.disable(logging.CRITICAL)
    with ours(sys.argv[1], AtOnce()) as portal:
        portal.warm_up()
        print("ready", flush=True)
        sys.stdin.readline()
        print(portal.bill(), flush=True)
    return 0


def billed(database_url: str, workers: int) -> tuple[int, float]:
    """Let so many workers bill all that is due; charges made and seconds taken."""
    with ExitStack() as started:
        processes = [started.enter_context(_process(database_url)) for _ in range(workers)]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        begun = time.perf_counter()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        done = [int(process.stdout.readline()) for process in processes if process.stdout]
        return sum(done), time.perf_counter() - begun


@contextmanager
def _process(database_url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.worker", database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


if __name__ == "__main__":
    sys.exit(main())
