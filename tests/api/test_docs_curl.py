"""Pages of examples keep their word: every curl on each, as printed, against a real server, gives what is printed.

A page of docs/api is run from its top. Between its blocks it may say what happens meanwhile, in comments of HTML:
`the customer confirms` and `the customer pays` by the newest message on the sandbox phone, and `NAME is path`, which
puts a value of the last answer into the shell as $NAME.
"""

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

from tests.billing.by_link_shop import Payer
from tests.harness import Merchant, Portal

PAGES = Path(__file__).resolve().parents[2] / "docs" / "api"
# What has no calls to make.
PROSE = {"README.md", "describing.md"}
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


@pytest.mark.parametrize("name", sorted(page.name for page in PAGES.glob("*.md") if page.name not in PROSE))
def test_every_example_of_a_page_does_what_it_says(
    portal: Portal, merchant_on_clock: Merchant, address: str, name: str
) -> None:
    merchant = merchant_on_clock
    environment = {
        "PATH": os.environ["PATH"],
        "BASE": address,
        "SITE": merchant.site_id,
        "KEY": merchant.api_key,
        "KEY_ID": merchant.key_id,
    }
    said: Any = None
    ran = 0
    for kind, text, note in PART.findall((PAGES / name).read_text()):
        if note:
            _meanwhile(merchant, note, environment, said)
        elif kind == "sh":
            said = _run(text, environment)
            ran += 1
        else:
            _compare(json.loads(text), said, text)
        portal.run_jobs()
    assert ran > 5, "a page of examples has examples"


def _meanwhile(merchant: Merchant, note: str, environment: dict[str, str], said: Any) -> None:
    """What a comment on the page says. Fails for one that says nothing known."""
    if note.startswith("the customer "):
        customer = Payer(merchant.portal, merchant.messages()[0]["link"])
        {"the customer confirms": customer.confirm, "the customer pays": customer.pays}[note]()
        return
    name, path = note.split(" is ")
    environment[name] = _at(said, path.split())


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
    page = (PAGES / "native.md").read_text()
    subjects = (
        "addUpdate schedule pause resume close customer refund webhook event attachment messages ledger log simulate"
    )
    assert [subject for subject in subjects.split() if f"/{subject}" not in page] == []
