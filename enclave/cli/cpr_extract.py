"""``enclave cpr-extract``: CPR population extracts, encrypted for one person."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave import durable
from enclave.cli.installation import open_database
from enclave.delivery.cpr_extract import desk, handover
from enclave.delivery.cpr_extract.record import listing
from enclave.settings import Settings


@click.group("cpr-extract")
def cpr_extract() -> None:
    """Lists of CPR numbers that two people have released for one person."""


@cpr_extract.command()
@click.argument("application", type=int)
@click.option("--as", "actor", required=True, help="One of the two who released it.")
@click.pass_obj
def prepare(settings: Settings, application: int, actor: str) -> None:
    """Make and encrypt what was released as APPLICATION.

    The link goes to the recipient; the pass phrase goes another way, such as by
    telephone. Both are shown once and kept nowhere.
    """
    with open_database(settings) as database:
        made = desk.prepare(settings, database, application, actor=actor)
    click.echo(f"{made.persons:,} persons, {made.rows:,} rows")
    if made.left_out:
        click.echo(f"{made.left_out:,} persons without a CPR number are left out")
    click.echo(f"Link:        {made.link}")
    if made.pass_phrase:
        click.echo(f"Pass phrase: {made.pass_phrase}")
    hours = int(desk.LINK_HOLDS.total_seconds() // 3600)
    click.echo(f"The link works once, within {hours} hours, for the recipient alone.")


@cpr_extract.command()
@click.argument("link")
@click.option("--as", "actor", required=True, help="Account of the recipient.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder for the encrypted file.",
)
@click.pass_obj
def take(settings: Settings, link: str, actor: str, out: Path) -> None:
    """Take what LINK leads to: once, encrypted."""
    with open_database(settings) as database:
        name, content = handover.take(settings, database, link, actor=actor)
    durable.write_file(out / name, content, mode=0o600)
    click.echo(f"{out / name}")
    click.echo("Confirm it when the list is destroyed: enclave cpr-extract destroyed")


@cpr_extract.command()
@click.argument("number", type=int)
@click.option("--as", "actor", required=True, help="Account of the recipient.")
@click.pass_obj
def destroyed(settings: Settings, number: int, actor: str) -> None:
    """Confirm that extract NUMBER and all copies of it are destroyed."""
    with open_database(settings) as database:
        handover.confirm_destruction(database, number, actor=actor)
    click.echo(f"Recorded: extract {number} is destroyed.")


@cpr_extract.command("list")
@click.option("--overdue", is_flag=True, help="Only those whose destruction is due.")
@click.option("--json", "as_json", is_flag=True, help="Signed statements, as JSON.")
@click.pass_obj
def list_extracts(settings: Settings, *, overdue: bool, as_json: bool) -> None:
    """List the extracts, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = handover.overdue(session) if overdue else listing(session)
        if as_json:
            click.echo(json.dumps([json.loads(row.statement) for row in found]))
            return
        table = Table("Extract", "Application", "For", "State", "Prepared", "Taken")
        for row in found:
            taken = f"{row.taken:%Y-%m-%d}" if row.taken else ""
            table.add_row(
                str(row.id),
                str(row.application_id),
                row.recipient,
                row.state,
                f"{row.prepared:%Y-%m-%d}",
                taken,
            )
    Console(markup=False).print(table)


@cpr_extract.command()
@click.pass_obj
def sweep(settings: Settings) -> None:
    """Remove encrypted lists that nobody may take any more."""
    with open_database(settings) as database:
        desk.sweep(settings, database)
    click.echo("Done.")
