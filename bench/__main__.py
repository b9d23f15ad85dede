"""`python -m bench [MEASURE …]`: measure ours against limits and peers in one run, as one table of ratios."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable

from bench import (
    billing_run,
    open_pages,
    page_scores,
    peer_runs,
    processor_time,
    report,
    statements,
    stored,
    whole_charge,
)
from bench.databases import Cluster, cluster
from bench.pairs import Row

MEASURES: dict[str, Callable[[Cluster], list[Row]]] = {
    "run": billing_run.measure,
    "processor": processor_time.measure,
    "peers": peer_runs.measure,
    "charge": whole_charge.measure,
    "statements": statements.measure,
    "stored": stored.measure,
    "live": open_pages.measure,
    "pages": page_scores.measure,
}


def main() -> int:
    """Exit status 0 also where a goal is missed: the table says so, and a shared machine may be the reason."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; default: all")
    wanted = parser.parse_args().measures or list(MEASURES)
    if unknown := sorted(set(wanted) - set(MEASURES)):
        parser.error(f"unknown: {', '.join(unknown)}")
    logging.disable(logging.CRITICAL)
    begun, rows = time.monotonic(), list[Row]()
    with cluster() as server:
        for name in wanted:
            _progress(name)
            rows += MEASURES[name](server)
    _progress("")
    print(report.table(rows))
    print(report.machine())
    if set(wanted) == set(MEASURES):
        report.save(rows, time.monotonic() - begun)
    return 0


def _progress(name: str) -> None:
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{f'Measuring: {name}' if name else ''}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
