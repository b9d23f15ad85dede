"""Fixtures of the console's tests: people of each role with a browser of their own."""

from __future__ import annotations

import pytest

from tests.console.browser import Person
from tests.harness import Portal


@pytest.fixture
def maya(portal: Portal) -> Person:
    """An agent, signed in."""
    return Person(portal, "maya@acme.example", "agent").sign_in()


@pytest.fixture
def vic(portal: Portal) -> Person:
    """A viewer, signed in."""
    return Person(portal, "vic@acme.example", "viewer").sign_in()
