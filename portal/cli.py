"""The `portal` command: one line for every process and every chore."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from portal import chores, serve, site_commands, upkeep
from portal.core import json
from portal.core.errors import InvalidFields, PortalError
from portal.core.settings import Settings, WrongSetting
from portal.site_commands import show
from portal.sites.create import NewSite
from portal.sites.keys import SCOPES, NewKey


def main() -> None:
    """Run, and turn every refusal into one line that says what to mend."""
    try:
        portal(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except InvalidFields as error:
        sys.exit("\n".join(f"--{p.field}: {p.message}" for p in error.problems))
    except (PortalError, WrongSetting) as error:
        sys.exit(str(error))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """Payment links for subscriptions: the pages, the API, the workers and their chores."""


def _command(group: click.Group, name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A subcommand that is given the settings first."""

    def declare(function: Callable[..., None]) -> click.Command:
        @wraps(function)
        def run(*args: Any, **options: Any) -> None:
            function(Settings.from_environment(), *args, **options)

        return group.command(name)(run)

    return declare


@_command(portal, "up")
@click.option("--demo", is_flag=True, help="Make a demo site on the first start and print its link and keys.")
def up(settings: Settings, demo: bool) -> None:
    """Everything in one process tree: pages, API, sockets, workers and scheduler."""
    serve.up(settings, demo=demo)


@_command(portal, "web")
def web(settings: Settings) -> None:
    """Pages and API alone (needs BROKER_URL for its hints to reach the workers)."""
    serve.web(settings)


@_command(portal, "live")
def live(settings: Settings) -> None:
    """The sockets of the open pages."""
    serve.live(settings)


@_command(portal, "worker")
def worker(settings: Settings) -> None:
    """Sends, charges and delivers what is due."""
    serve.worker(settings)


@_command(portal, "scheduler")
def scheduler(settings: Settings) -> None:
    """Looks for what is due; any number may run."""
    serve.scheduler(settings)


@portal.group()
def db() -> None:
    """The database."""


@_command(db, "upgrade")
def db_upgrade(settings: Settings) -> None:
    """Apply the migrations that are missing."""
    click.echo(upkeep.upgrade(settings))


@_command(portal, "doctor")
def doctor(settings: Settings) -> None:
    """Check the configuration and say what to mend."""
    findings = upkeep.doctor(settings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'MEND'} {finding.words}")
    if not all(finding.good for finding in findings):
        sys.exit(1)


@_command(portal, "reseal")
def reseal(settings: Settings) -> None:
    """Seal all kept secrets under the first SECRET_KEY; then the older ones can be taken out (exit code 1 if not)."""
    found = upkeep.reseal(settings)
    click.echo(f"{found.done} kept secrets are sealed under the first SECRET_KEY.")
    for where, count in found.lost.items():
        click.echo(f"LOOK AT   {count} in {where}: no key of SECRET_KEY opens them. Put back the one that is missing.")
    if found.lost:
        sys.exit(1)


@portal.group(commands=site_commands.ALL)
def site() -> None:
    """Sites: the tenants."""


@_command(site, "create")
@click.option("--name", required=True)
@click.option("--mode", type=click.Choice(["test", "live"]), default="test", show_default=True)
@click.option("--timezone", default="America/Chicago", show_default=True)
@click.option("--currency", default="USD", show_default=True)
@click.option("--country", default="US", show_default=True)
@click.option("--locale", default="en", show_default=True)
@click.option("--clock", help="A clock of the site's own, such as 2026-01-31T09:00:00Z (test sites).")
@click.option("--json", "as_json", is_flag=True)
def site_create(settings: Settings, clock: str | None, as_json: bool, **options: Any) -> None:
    """Make a site with its first key; the secrets are shown this once."""
    created = chores.create_site(settings, NewSite(clock=_instant("clock", clock) if clock else None, **options))
    show(created, as_json)


@portal.group()
def key() -> None:
    """API keys."""


@_command(key, "create")
@click.argument("site_id")
@click.option("--name", default="", help="What it is for, such as the name of the server that uses it.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="What it may do (default: all).")
@click.option("--expires", help="When it ends, such as 2027-01-31T00:00:00Z (default: never).")
@click.option("--rate", type=int, help="Calls a second (default: the site's).")
@click.option("--burst", type=int, help="Calls at once (default: the site's).")
@click.option("--json", "as_json", is_flag=True)
def key_create(
    settings: Settings, site_id: str, scopes: tuple[str, ...], expires: str | None, as_json: bool, **options: Any
) -> None:
    """Make one more key for a site; its secret is shown this once. To rotate: make one, use it, revoke the other."""
    ends = _instant("expires", expires) if expires else None
    show(chores.create_key(settings, site_id, NewKey(scopes=scopes or SCOPES, expires_at=ends, **options)), as_json)


@_command(key, "revoke")
@click.argument("key_id")
def key_revoke(settings: Settings, key_id: str) -> None:
    """Revoke a key; calls with it are refused from now on."""
    click.echo(f"{key_id} was revoked at {chores.revoke_key(settings, key_id).isoformat()}.")


@_command(key, "list")
@click.argument("site_id")
def key_list(settings: Settings, site_id: str) -> None:
    """The keys of a site, with the last four letters of their secrets."""
    for line in chores.list_keys(settings, site_id):
        click.echo(line)


@portal.group()
def staff() -> None:
    """Support staff."""


@_command(staff, "create")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["viewer", "agent", "admin"]), required=True)
@click.option("--json", "as_json", is_flag=True)
def staff_create(settings: Settings, email: str, role: str, as_json: bool) -> None:
    """Give a person access to the console; password and TOTP secret are shown this once."""
    show(chores.create_staff(settings, email, role), as_json)


@portal.group()
def clock() -> None:
    """The clocks of test sites."""


@_command(clock, "advance")
@click.argument("site_id")
@click.option("--to", required=True, help="A time such as 2026-03-01T10:00:00Z.")
@click.option("--wait", is_flag=True, help="Wait until the workers have done all that fell due.")
def clock_advance(settings: Settings, site_id: str, to: str, wait: bool) -> None:
    """Move a site's clock forward; the workers do what falls due on the way, in order."""
    click.echo(chores.advance_clock(settings, site_id, _instant("to", to), wait=wait))


@_command(portal, "demo")
def demo(settings: Settings) -> None:
    """Make the demo site if there is none, and print its link and keys."""
    click.echo(chores.demo(settings))


@portal.group()
def api() -> None:
    """The API's own description, for machines."""


@_command(api, "openapi")
def api_openapi(settings: Settings) -> None:
    """Print the OpenAPI 3.1 document."""
    click.echo(json.dumps(chores.openapi_document(settings)))


@_command(api, "postman")
def api_postman(settings: Settings) -> None:
    """Print the Postman collection; import what this writes to a file."""
    click.echo(json.dumps(chores.postman_collection(settings)))


@_command(portal, "reconcile")
@click.argument("site_id", required=False)
@click.option("--json", "as_json", is_flag=True)
def reconcile(settings: Settings, site_id: str | None, as_json: bool) -> None:
    """Compare with the gateway's own list, repair what is safe, report the rest (exit code 1 if there is any)."""
    found = upkeep.reconcile(settings, site_id)
    if as_json:
        click.echo(json.dumps([{"kind": d.kind, "repaired": d.repaired, "words": d.words} for d in found]))
    for difference in found if not as_json else ():
        click.echo(f"{'repaired' if difference.repaired else 'LOOK AT '}  {difference.words}")
    if not found and not as_json:
        click.echo("The gateway and the portal agree.")
    if any(not difference.repaired for difference in found):
        sys.exit(1)


def _instant(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("give a time such as 2026-01-31T09:00:00Z", param_hint=f"--{option}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
