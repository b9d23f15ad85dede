"""The command `portal site brand`: how a site looks to its customers."""

from __future__ import annotations

from typing import Any

import click

from portal import chores
from portal.core.settings import Settings
from portal.sites.branding import Branding


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
