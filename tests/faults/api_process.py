"""A process that answers one call of the API as the web process does, made to be killed on the way."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from portal.app import create_app
from portal.core import faults
from portal.core.settings import Settings


def answer(environment: dict[str, str], log: Path, fault: str, path: str, headers: dict[str, str], body: Any) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ["PORTAL_FAULT_AT"] = fault
    importlib.reload(faults)  # it reads its point once; this process was forked from one without
    app = create_app(Settings.from_environment(environment), sockets="none")
    reply = app.test_client().post(path, headers=headers, json=body)
    print(reply.status_code, reply.text, flush=True)  # what the test shows where it was not killed
