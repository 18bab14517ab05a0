"""``enclave grant``: turn agreed data requests into signed grants, and read them."""

import json

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.cohort.wording import Language
from enclave.delivery import grant as grants
from enclave.delivery.grant_text import as_text
from enclave.settings import Settings


@click.group()
def grant() -> None:
    """Issue and read grants: what a project may have, signed."""


@grant.command()
@click.argument("request", type=int)
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def issue(settings: Settings, request: int, actor: str) -> None:
    """Issue the grant of the agreed data request REQUEST.

    Its first version is delivered, looked at, and opened to its members with `enclave
    application act REQUEST activate`.
    """
    with open_database(settings) as database, database.begin() as session:
        issued = grants.issue(session, settings, request, actor)
    click.echo(as_text(issued, "en"))
    click.echo(f"Deliver it: enclave deliver {issued.id} --as {actor}")


@grant.command()
@click.argument("grant_id", metavar="ID")
@click.option(
    "--language",
    type=click.Choice(["en", "da"]),
    default="en",
    show_default=True,
    help="English or Danish.",
)
@click.option("--json", "as_json", is_flag=True, help="The signed document, as JSON.")
@click.pass_obj
def show(
    settings: Settings, grant_id: str, language: Language, *, as_json: bool
) -> None:
    """Show grant ID, if its signature holds."""
    with open_database(settings) as database, database.begin() as session:
        found = grants.load(session, settings, grant_id)
        document = grants.signed(session, grant_id)
    click.echo(document if as_json else as_text(found, language))


@grant.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_grants(settings: Settings, *, as_json: bool) -> None:
    """List all grants, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = [
            grants.load(session, settings, row.id) for row in grants.listing(session)
        ]
    if as_json:
        click.echo(json.dumps([one.content for one in found], ensure_ascii=False))
        return
    table = Table("Grant", "Project", "Variables", "Last day", "Issued", "By")
    for one in found:
        table.add_row(
            one.id,
            one.project,
            str(len(one.variables)),
            f"{one.end}",
            f"{one.issued:%Y-%m-%d}",
            one.issued_by,
        )
    Console(markup=False).print(table)
