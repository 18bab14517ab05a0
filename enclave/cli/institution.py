"""``enclave institution``: who may have users here."""

from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.projects import institutions
from enclave.projects.institutions import InstitutionState, Wanted
from enclave.projects.people import SYSTEM
from enclave.settings import Settings


_AS = click.option(
    "--as",
    "actor",
    default=SYSTEM,
    help="Account of the CORE group or a data manager; else whoever runs this machine.",
)


@click.group()
def institution() -> None:
    """Authorise institutions, suspend them, and see the register."""


@institution.command("list")
@click.pass_obj
def list_institutions(settings: Settings) -> None:
    """List the register of institutions."""
    table = Table("Institution", "Country", "Host", "State", "Last day")
    with open_database(settings) as database, database.begin() as session:
        for one in institutions.every(session):
            last = one.until.isoformat() if one.until else ""
            table.add_row(one.name, one.country, one.host or "", one.state, last)
    Console(markup=False).print(table)


@institution.command()
@click.argument("name")
@click.option("--country", default="DK", show_default=True, help="In two letters.")
@click.option("--host", default="", help="Danish host, for one from abroad.")
@click.option(
    "--until", type=click.DateTime(formats=["%Y-%m-%d"]), help="Its last day."
)
@click.option("--reason", default="", help="On what basis.")
@_AS
@click.pass_obj
def authorise(
    settings: Settings,
    /,
    name: str,
    until: datetime | None,
    reason: str,
    actor: str,
    **terms: str,
) -> None:
    """Authorise the institution NAME, as it stands in the accounts of its people."""
    wanted = Wanted(name, until=until.date() if until else None, **terms)
    with open_database(settings) as database, database.begin() as session:
        made = institutions.authorise(session, wanted, reason, actor)
        click.echo(f"{made.name} is {made.state}.")


@institution.command()
@click.argument("name")
@click.argument("state", type=click.Choice([one.value for one in InstitutionState]))
@click.option("--reason", required=True, help="Why: its people are shown it.")
@_AS
@click.pass_obj
def change(settings: Settings, name: str, state: str, reason: str, actor: str) -> None:
    """Set the STATE of institution NAME; its workspaces close within a minute."""
    wanted = InstitutionState(state)
    with open_database(settings) as database, database.begin() as session:
        found = institutions.change(session, name, wanted, reason, actor)
        click.echo(f"{found.name} is {found.state}.")
