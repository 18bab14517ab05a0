"""``enclave reidentify``: who a pseudonym stands for, if two people agree."""

import json

import click

from enclave.cli.installation import open_database
from enclave.delivery import reidentification
from enclave.delivery.reidentification import Wanted
from enclave.settings import Settings


@click.group()
def reidentify() -> None:
    """Say who a pseudonym stands for, or what another project calls the person."""


@reidentify.command()
@click.argument("project")
@click.argument("pseudonyms", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why: for those who decide, and the log.")
@click.option("--other", help="Ask for the pseudonyms in this project instead.")
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def ask(
    settings: Settings,
    project: str,
    pseudonyms: tuple[str, ...],
    reason: str,
    actor: str,
    other: str | None,
) -> None:
    """Ask who PSEUDONYMS of PROJECT stand for."""
    wanted = Wanted(project, frozenset(pseudonyms), reason, other)
    with open_database(settings) as database:
        number = reidentification.ask(settings, database, wanted, actor=actor)
    click.echo(f"Request {number}. Two others agree: enclave reidentify approve")


@reidentify.command()
@click.argument("number", type=int)
@click.option("--as", "actor", required=True, help="Of a data manager or of CORE.")
@click.pass_obj
def approve(settings: Settings, number: int, actor: str) -> None:
    """Agree to request NUMBER. It takes two, neither of them of the project."""
    with open_database(settings) as database:
        ready = reidentification.approve(database, number, actor=actor)
    click.echo("It may be answered." if ready else "One more has to agree.")


@reidentify.command()
@click.argument("number", type=int)
@click.option("--as", "actor", required=True, help="Account of whoever asked.")
@click.pass_obj
def answer(settings: Settings, number: int, actor: str) -> None:
    """Answer request NUMBER, once, as JSON."""
    with open_database(settings) as database:
        found = reidentification.answer(settings, database, number, actor=actor)
    click.echo(json.dumps(found))
