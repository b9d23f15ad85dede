"""The page of examples keeps its word: every curl on it, as printed, against a real server, gives what is printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.harness import Customer, Merchant, Portal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api" / "native.md"
PART = re.compile(r"^```(sh|json)\n(.*?)^```|^<!-- (.+?) -->", re.MULTILINE | re.DOTALL)


@pytest.fixture
def address(portal: Portal) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, portal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_example_of_the_page_does_what_it_says(portal: Portal, merchant_on_clock: Merchant, address: str) -> None:
    merchant = merchant_on_clock
    environment = {"PATH": os.environ["PATH"], "BASE": address, "SITE": merchant.site_id, "KEY": merchant.api_key}
    said: Any = None
    ran = 0
    for kind, text, note in PART.findall(PAGE.read_text()):
        if note == "the customer confirms":
            Customer(portal, merchant.post(version="v4").json["link"]).confirm()
        elif note:
            name, path = note.split(" is ")
            environment[name] = _at(said, path.split())
        elif kind == "sh":
            said = _run(text, environment)
            ran += 1
        else:
            _compare(json.loads(text), said, text)
        portal.run_jobs()
    assert ran > 20


def _run(text: str, environment: dict[str, str]) -> Any:
    done = subprocess.run(
        ["bash", "-euc", text], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def _at(said: Any, path: list[str]) -> str:
    for step in path:
        said = said[int(step)] if step.isdecimal() else said[step]
    assert isinstance(said, str)
    return said


def _compare(printed: Any, said: Any, example: str) -> None:
    """What is printed is there; words, numbers and truths are equal but for ids, moments and what is cut with …"""
    if isinstance(printed, dict):
        assert isinstance(said, dict), example
        for name, value in printed.items():
            assert name in said, f"{name} is missing in {said}\n{example}"
            if name in {"id", "_id", "link"}:
                assert isinstance(said[name], str), example
            else:
                _compare(value, said[name], example)
    elif isinstance(printed, list):
        assert isinstance(said, list), example
        assert len(said) >= len(printed), f"{said}\n{example}"
        for one, other in zip(printed, said, strict=False):
            _compare(one, other, example)
    elif isinstance(printed, str) and "…" in printed:
        assert isinstance(said, str), example
    else:
        assert said == printed, f"{said}\n{example}"


def test_every_subject_of_the_native_api_has_its_example() -> None:
    page = PAGE.read_text()
    subjects = (
        "addUpdate schedule pause resume close customer refund webhook event attachment messages ledger log simulate"
    )
    assert [subject for subject in subjects.split() if f"/{subject}" not in page] == []
