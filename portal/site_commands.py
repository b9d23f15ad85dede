"""Commands about a site that exists: how it looks, what its customers may do, what follows a refusal, its limits."""

from __future__ import annotations

from typing import Any

import click

from portal import chores
from portal.core import json
from portal.core.settings import Settings
from portal.sites.branding import Branding
from portal.sites.keys import BURST, RATE
from portal.sites.policy import Policy


@click.command("brand")
@click.argument("site_id")
@click.option("--color", help="Such as #0d6672; made darker or lighter where it could not be read.")
@click.option("--logo", type=click.File("rb"), help="A PNG, JPEG or WebP picture of at most 50 kB.")
@click.option("--terms", type=click.File("r", encoding="utf-8"), help="A text; an empty line parts paragraphs.")
@click.option("--support-phone")
@click.option("--support-email")
def brand(site_id: str, logo: Any, terms: Any, **options: Any) -> None:
    """How a site looks to its customers. What is not given stays; an empty value or file takes it away."""
    read = {name: file.read() for name, file in (("logo", logo), ("terms", terms)) if file}
    chores.brand_site(Settings.from_environment(), site_id, Branding(**read, **options))
    click.echo("The pages show it from now on.")


@click.command("dunning")
@click.argument("site_id")
@click.option("--policy", help='JSON such as {"offset_hours": [24, 72, 168], "window_days": 7}; {} is the default.')
def dunning(site_id: str, policy: str | None) -> None:
    """Show what happens after a refused charge at a site, or change it."""
    click.echo(chores.dunning(Settings.from_environment(), site_id, policy))


@click.command("limit")
@click.argument("site_id")
@click.option("--rate", type=int, help=f"Calls a second (default {RATE}).")
@click.option("--burst", type=int, help=f"Calls at once (default {BURST}).")
def limit(site_id: str, rate: int | None, burst: int | None) -> None:
    """Set how fast each key of a site may call; without options the default comes back."""
    click.echo(chores.limit_site(Settings.from_environment(), site_id, rate, burst))


@click.command("policy")
@click.argument("site_id")
@click.option("--pause/--no-pause", "allow_pause", default=None, help="May customers pause by themselves?")
@click.option("--cancel/--no-cancel", "allow_cancel", default=None, help="May customers cancel by themselves?")
@click.option("--support-phone", help="Whom customers call.")
@click.option("--support-email", help="Whom customers write to.")
@click.option("--alerts-email", help="Who hears what has to be mended (default: the support e-mail).")
@click.option("--json", "as_json", is_flag=True)
def policy(site_id: str, as_json: bool, **options: Any) -> None:
    """Show what customers may do on their own page, or change it."""
    show(chores.site_policy(Settings.from_environment(), site_id, Policy(**options)), as_json)


@click.command("webhook-secret")
@click.argument("site_id")
def webhook_secret(site_id: str) -> None:
    """Replace the secret that signs what goes to the webhook_url of a site's subscriptions; for 24 hours both sign."""
    click.echo(chores.rotate_webhook_secret(Settings.from_environment(), site_id))


ALL = [brand, dunning, limit, policy, webhook_secret]


def show(values: dict[str, str], as_json: bool) -> None:
    """One value a line for people, one object for programs."""
    if as_json:
        click.echo(json.dumps(values))
        return
    width = max(map(len, values))
    for name, value in values.items():
        click.echo(f"{name:<{width}}  {value}")
