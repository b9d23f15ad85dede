"""The house rules of the repository that a machine can check: sizes, names, time, money, chance, and its own papers."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "workers")
DOORS = ("api", "checkout", "console", "callbacks", "sandbox")
MOST_LINES = 260
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "managers",
    "manager",
    "services",
    "service",
    "common",
    "misc",
}

# Who may read the real time. Path -> reason; everybody else asks the clock.
CLOCKS: dict[str, str] = {
    "portal/core/clock.py": "it is the clock",
    "portal/core/ids.py": "a UUIDv7 begins with the real millisecond, whatever a site's own clock says",
}
# Where waiting is the job itself. Path -> reason; everything else waits for an event, a row or a socket.
SLEEPERS: dict[str, str] = {}
# Where a float is no money. Path -> reason.
FLOATS: dict[str, str] = {}


def python_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call of the file as (line, dotted name): `datetime.now`, `float`, `time.sleep`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of the file as (line, dotted name), names taken out of modules included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_top_level_package_says_in_one_sentence_what_it_is_for() -> None:
    folders = [ROOT / package for package in PACKAGES]
    folders += sorted({path.parent for path in (ROOT / "portal").glob("*/*.py")} - {ROOT / "portal" / "migrations"})
    mute = []
    for folder in folders:
        file = folder / "__init__.py"
        sentence = (ast.get_docstring(tree(file)) or "").splitlines() if file.exists() else []
        if not sentence or not sentence[0].endswith("."):
            mute.append(name(file))
    assert mute == []


def test_every_module_begins_with_a_sentence() -> None:
    mute = [
        name(path)
        for path in python_files()
        if path.read_text().strip() and not (ast.get_docstring(tree(path)) or "").strip()
    ]
    assert mute == []


def test_no_file_outgrows_its_subject() -> None:
    # A migration is a list of tables that is written once and never read in order.
    files = [path for path in python_files() if path.parent != ROOT / "portal" / "migrations" / "versions"]
    sizes = {name(path): len(path.read_text().splitlines()) for path in files}
    assert {path: size for path, size in sizes.items() if size > MOST_LINES} == {}


def test_no_module_hides_behind_a_name_that_says_nothing() -> None:
    paths = [path.relative_to(ROOT) for path in python_files()]
    assert [str(path) for path in paths if NAMES_THAT_SAY_NOTHING & {*path.parts, path.stem}] == []


def test_time_is_read_in_the_clock_alone() -> None:
    reads = re.compile(
        r"(\b|\.)(datetime\.now|date\.today|datetime\.today|utcnow|utcfromtimestamp|time\.time|time_ns)$"
    )
    found = [
        f"{name(path)}:{line} {call}"
        for path in python_files()
        if name(path) not in CLOCKS
        for line, call in calls(path)
        if reads.search(call)
    ]
    assert found == []


def test_no_float_comes_near_money() -> None:
    inside = [path for path in python_files() if path.relative_to(ROOT).parts[1] not in {*DOORS, "migrations"}]
    found = [
        f"{name(path)}:{line}"
        for path in inside
        if name(path) not in FLOATS and name(path).startswith("portal/")
        for line, call in calls(path)
        if call == "float"
    ]
    assert found == []


def test_chance_comes_from_secrets() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in python_files()
        for line, module in imports(path)
        if module.split(".")[0] == "random"
    ]
    assert found == []


def test_nothing_waits_by_sleeping() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in python_files()
        if name(path) not in SLEEPERS
        for line, call in calls(path)
        if call in {"time.sleep", "sleep", "gevent.sleep"}
    ]
    assert found == []


@pytest.mark.parametrize("allowed", [SLEEPERS, FLOATS], ids=["sleepers", "floats"])
def test_every_exception_is_still_needed_and_has_a_reason(allowed: dict[str, str]) -> None:
    wanted = {
        name(path) for path in python_files() if any(call.endswith(("sleep", "float")) for _, call in calls(path))
    }
    assert {path for path, reason in allowed.items() if path not in wanted or not reason} == set()


def test_only_adapters_know_the_standard_library_of_http() -> None:
    """The import rules know packages of the first level only; these two live below one that everybody may use."""
    found = [
        f"{name(path)}:{line} {module}"
        for path in python_files()
        for line, module in imports(path)
        if module.startswith(("urllib.request", "http.client"))
    ]
    assert found == []


def test_every_domain_is_kept_from_the_web_framework() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = " | ".join(next(contract["layers"] for contract in contracts if contract.get("containers") == ["portal"]))
    below_the_doors = re.findall(r"[a-z_]+", layers[layers.index("(billing)") :])
    here = {f"portal.{layer}" for layer in below_the_doors if (ROOT / "portal" / layer).is_dir()}
    kept = next(contract for contract in contracts if "flask" in contract.get("forbidden_modules", ()))
    assert here - set(kept["source_modules"]) == set()


def test_make_help_names_every_target() -> None:
    helped = set(re.findall(r"^([a-z][a-z-]*):.*## \S", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert makefile_targets() - helped == set()
    assert {"run", "test", "bench", "check"} <= helped


def test_every_dependency_is_locked_and_has_its_reason_in_the_readme() -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    readme = (ROOT / "README.md").read_text().lower()
    asked = [re.split(r"[^A-Za-z0-9-]", line)[0].lower() for line in project()["project"]["dependencies"]]
    assert [dependency for dependency in asked if dependency not in locked] == []
    assert [dependency for dependency in asked if f"| {dependency} " not in readme] == []


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_has_a_hash_for_every_package_and_names_no_place(file: str) -> None:
    text = (ROOT / file).read_text()
    packages = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert packages
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
    assert re.findall(r"https?://|file:|--index-url|--find-links|^/|@ ", text, re.MULTILINE) == []


def test_every_setting_stands_in_the_readme() -> None:
    source = (ROOT / "portal" / "core" / "settings.py").read_text()
    settings = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"', source))
    readme = (ROOT / "README.md").read_text()
    assert settings
    assert {setting for setting in settings if f"`{setting}`" not in readme} == set()


def test_every_decision_is_numbered_and_has_a_status() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    assert [path.name for path in decisions if "Status: " not in path.read_text()] == []
