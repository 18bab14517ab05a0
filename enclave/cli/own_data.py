"""``enclave own-data``: take a project's own data in."""

import hashlib
from pathlib import Path

import click

from enclave.airlock.ingress import Ingress
from enclave.airlock.sweeping import sweep as sweep_ingress
from enclave.cli.installation import open_database
from enclave.settings import Settings


_PIECE = 8 << 20


@click.group("own-data")
def own_data() -> None:
    """Upload, look through and release data that a project brings along."""


@own_data.command()
@click.argument("application", type=int)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "actor", required=True, help="Account of the applicant.")
@click.pass_obj
def upload(settings: Settings, application: int, file: Path, actor: str) -> None:
    """Upload FILE as described in APPLICATION.

    It is a CSV, Parquet, Excel (.xlsx), SAS (.xpt, .sas7bdat), Stata or SPSS file. An
    upload that was broken off goes on where it stopped.
    """
    with open_database(settings) as database, file.open("rb") as content:
        hand = Ingress(settings, database, application)
        content.seek(hand.received)
        while piece := content.read(_PIECE):
            hand.append(hand.received, piece, actor=actor)
        content.seek(0)
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        hand.complete(sha256, actor=actor)
    click.echo(f"{file.name} has arrived; a data manager looks through it.")


@own_data.command()
@click.argument("application", type=int)
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_context
def scan(ctx: click.Context, application: int, actor: str) -> None:
    """Look through every column of what was uploaded for APPLICATION.

    A sandbox makes a plain table of the file first. Shown are columns, rules and row
    numbers, never a value. What blocks destroys the upload. The exit code is then 3.
    """
    settings: Settings = ctx.obj
    with open_database(settings) as database:
        found = Ingress(settings, database, application).look_through(actor=actor)
    for one in found:
        click.echo(one.spoken())
    if any(one.blocks for one in found):
        click.echo("Refused, and the file is destroyed. Reject the application.")
        ctx.exit(3)
    click.echo(f"In quarantine. Release it: enclave own-data load {application}")


@own_data.command()
@click.argument("application", type=int)
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def load(settings: Settings, application: int, actor: str) -> None:
    """Release what was uploaded for APPLICATION to its project, pseudonymised."""
    with open_database(settings) as database:
        path = Ingress(settings, database, application).load(actor=actor)
    click.echo(f"{path.name} is in the project's folder of own data.")


@own_data.command()
@click.pass_obj
def sweep(settings: Settings) -> None:
    """Destroy raw files that no application needs any more."""
    with open_database(settings) as database:
        number = sweep_ingress(settings, database)
    click.echo(f"{number} files were destroyed.")
