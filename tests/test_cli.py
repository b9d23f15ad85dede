"""The `portal` command as a merchant's developer uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal.cli import portal as commands

ROOT = Path(__file__).parents[1]


def portal(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "portal", *arguments],
        cwd=ROOT,
        env=kept | {"PORTAL_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgraded = portal(tmp_path, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    return tmp_path


def test_a_site_its_keys_and_its_staff_are_made_and_listed(home: Path) -> None:
    site = json.loads(portal(home, "site", "create", "--name", "Acme", "--json").stdout)
    assert set(site) == {"site_id", "key_id", "api_key", "webhook_secret"}
    assert site["key_id"].startswith("ak_")
    assert site["api_key"].startswith("sk_test_")
    assert site["webhook_secret"].startswith("whsec_")
    second = json.loads(portal(home, "key", "create", site["site_id"], "--json").stdout)
    assert portal(home, "key", "revoke", second["key_id"]).returncode == 0
    listed = portal(home, "key", "list", site["site_id"]).stdout
    assert site["key_id"] in listed
    assert "revoked" in listed
    assert site["api_key"] not in listed
    person = json.loads(portal(home, "staff", "create", "--email", "a@example.com", "--role", "agent", "--json").stdout)
    assert set(person) == {"email", "password", "totp_secret"}


def test_what_is_kept_sealed_moves_to_a_new_key_and_the_missing_of_the_old_is_told(tmp_path: Path) -> None:
    old, new = "o" * 40, "n" * 40
    portal(tmp_path, "db", "upgrade", SECRET_KEY=old)
    portal(tmp_path, "site", "create", "--name", "Acme", SECRET_KEY=old)
    lost = portal(tmp_path, "reseal", SECRET_KEY=new)
    assert lost.returncode == 1
    assert "1 in sites.webhook_secret_sealed: no key of SECRET_KEY opens them" in lost.stdout
    for given in (f"{new},{old}", new):
        moved = portal(tmp_path, "reseal", SECRET_KEY=given)
        assert (moved.returncode, moved.stdout) == (0, "1 kept secrets are sealed under the first SECRET_KEY.\n")


def test_a_key_is_made_with_scopes_a_name_a_limit_and_an_end(home: Path) -> None:
    site = json.loads(portal(home, "site", "create", "--name", "Acme", "--json").stdout)["site_id"]
    limits = ("--scope", "read", "--scope", "refund", "--rate", "5", "--expires", "2050-01-31T00:00:00Z")
    made = json.loads(portal(home, "key", "create", site, "--name", "Shop server", *limits, "--json").stdout)
    [line] = [one for one in portal(home, "key", "list", site).stdout.splitlines() if made["key_id"] in one]
    for part in (
        made["api_key"][-4:],
        "read,refund",
        "limit 5 a second",
        "expires 2050-01-31",
        "never used",
        "Shop server",
    ):
        assert part in line
    assert made["api_key"][8:-4] not in line
    assert portal(home, "key", "create", site, "--scope", "everything").returncode != 0
    past = portal(home, "key", "create", site, "--expires", "2020-01-01T00:00:00Z")
    assert (past.returncode, past.stderr.strip()) == (1, "--expires: Give a time to come.")
    rotated = [portal(home, "site", "webhook-secret", site).stdout.strip() for _ in range(2)]
    assert len(set(rotated)) == 2
    assert all(one.startswith("whsec_") for one in rotated)
    assert "5 calls a second, 9 at once" in portal(home, "site", "limit", site, "--rate", "5", "--burst", "9").stdout


def test_a_site_on_its_own_clock_and_what_a_live_site_may_not_have(home: Path) -> None:
    clocked = portal(home, "site", "create", "--name", "C", "--clock", "2026-01-31T09:00:00Z", "--json")
    assert clocked.returncode == 0, clocked.stderr
    refused = portal(home, "site", "create", "--name", "L", "--mode", "live", "--clock", "2026-01-31T09:00:00Z")
    assert refused.returncode != 0
    assert "--clock" in refused.stderr
    wrong = portal(home, "site", "create", "--name", "W", "--timezone", "Mars/Olympus", "--currency", "XXX")
    assert "--timezone" in wrong.stderr
    assert "--currency" in wrong.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "x"), ("PUBLIC_URL", "nowhere"), ("MAIL_URL", "mail.example.com")]
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    stopped = portal(tmp_path, "up", **{name: value})
    assert stopped.returncode != 0
    assert len(stopped.stderr.strip().splitlines()) == 1
    assert stopped.stderr.startswith(name)


def test_the_doctor_says_what_to_mend(tmp_path: Path) -> None:
    ill = portal(tmp_path, "doctor")
    assert ill.returncode == 1
    assert "portal db upgrade" in ill.stdout
    portal(tmp_path, "db", "upgrade")
    assert portal(tmp_path, "doctor").returncode == 0


def test_every_subcommand_explains_itself() -> None:
    groups: list[tuple[list[str], click.Command]] = [([], commands)]
    while groups:
        words, command = groups.pop()
        shown = CliRunner().invoke(commands, [*words, "--help"])
        assert (shown.exit_code, shown.output.startswith("Usage: ")) == (0, True), words
        assert command.help, words
        if isinstance(command, click.Group):
            groups += [([*words, name], inner) for name, inner in command.commands.items()]


def test_a_sites_dunning_is_shown_changed_and_put_back(home: Path) -> None:
    site = json.loads(portal(home, "site", "create", "--name", "Acme", "--json").stdout)["site_id"]
    default = json.loads(portal(home, "site", "dunning", site).stdout)
    assert default["offset_hours"] == [2, 24, 72, 120, 168]
    changed = portal(home, "site", "dunning", site, "--policy", '{"offset_hours": [24, 72], "window_days": 5}')
    assert json.loads(changed.stdout) == default | {"offset_hours": [24, 72], "window_days": 5}
    assert portal(home, "site", "dunning", site).stdout == changed.stdout
    refused = portal(home, "site", "dunning", site, "--policy", '{"most_tries": 99}')
    assert (refused.returncode, refused.stderr.strip()) == (1, "--most_tries: Give a whole number from 1 to 20.")
    for wrong in ("[]", "no json", '{"offset_hours": 1.5}'):
        assert portal(home, "site", "dunning", site, "--policy", wrong).returncode == 1
    assert json.loads(portal(home, "site", "dunning", site, "--policy", "{}").stdout) == default


def test_what_customers_may_do_by_themselves_is_set_and_shown(home: Path) -> None:
    site = json.loads(portal(home, "site", "create", "--name", "Acme", "--json").stdout)["site_id"]
    before = json.loads(portal(home, "site", "policy", site, "--json").stdout)
    nobody = {"support_phone": "", "support_email": "", "alerts_email": ""}
    assert before == {"allow_pause": "True", "allow_cancel": "True"} | nobody
    options = ("--no-cancel", "--support-phone", "(312) 555-0142", "--support-email", "help@acme.example")
    alerts = ("--alerts-email", "ops@acme.example")
    after = json.loads(portal(home, "site", "policy", site, *options, *alerts, "--json").stdout)
    assert after["alerts_email"] == "ops@acme.example"
    assert (after["allow_pause"], after["allow_cancel"], after["support_phone"]) == ("True", "False", "+13125550142")
    wrong = portal(home, "site", "policy", site, "--support-phone", "call us")
    assert wrong.returncode != 0
    assert "--support-phone" in wrong.stderr
    assert portal(home, "site", "policy", "nobody").returncode != 0
