"""Named points at which a test may stop the process; nothing happens at them unless the environment says so."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_POINT = os.environ.get("PORTAL_FAULT_AT", "")


def reach(point: str) -> None:
    """Kill this process without warning if the fault tests asked for it at this point (`PORTAL_FAULT_AT=name:file`).

    The file is removed first, so that one start of the process dies once and its successor lives.
    """
    if not _POINT or not _POINT.startswith(f"{point}:"):
        return
    try:
        Path(_POINT.partition(":")[2]).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
