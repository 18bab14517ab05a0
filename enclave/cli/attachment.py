"""``enclave attachment``: files attached to applications."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave import durable
from enclave.airlock.attachments import desk, sweeping
from enclave.cli.installation import open_database
from enclave.projects import applications, attachments
from enclave.settings import Settings


_AS = click.option("--as", "actor", required=True, help="Account of who does this.")
_NUMBER = click.argument("application_id", metavar="APPLICATION", type=int)
_FILE = click.argument("attachment_id", metavar="ATTACHMENT", type=int)


@click.group()
def attachment() -> None:
    """Attach files to applications, and read them."""


@attachment.command()
@_NUMBER
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_AS
@click.pass_obj
def add(settings: Settings, application_id: int, file: Path, actor: str) -> None:
    """Attach FILE to a draft or returned APPLICATION.

    It is typed by its content and looked through: macros, scripts, embedded files and
    CPR numbers are refused.
    """
    with open_database(settings) as database:
        made = desk.attach(
            settings,
            database,
            application_id,
            desk.NewFile(file.name, file.read_bytes()),
            actor=actor,
        )
    click.echo(f"Attached as number {made.id}: {made.name} ({made.kind})")
    if made.remarks:
        click.echo(f"Look yourself: {made.remarks}")


@attachment.command("list")
@_NUMBER
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@_AS
@click.pass_obj
def list_attachments(
    settings: Settings, application_id: int, actor: str, *, as_json: bool
) -> None:
    """List what is attached to APPLICATION, and what was removed again."""
    with open_database(settings) as database, database.begin() as session:
        found = applications.get(session, application_id, actor)
        rows = [attachments.document(one) for one in attachments.every(session, found)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("No.", "Name", "Kind", "Bytes", "SHA-256", "By", "Added", "Removed")
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["name"],
            row["kind"],
            f"{row['size']:,}",
            row["sha256"][:12],
            row["added_by"],
            row["added"][:10],
            (row["removed"] or "")[:10],
        )
    Console(markup=False).print(table)


@attachment.command()
@_NUMBER
@_FILE
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder for the file.",
)
@_AS
@click.pass_obj
def get(
    settings: Settings, application_id: int, attachment_id: int, out: Path, actor: str
) -> None:
    """Write one ATTACHMENT of APPLICATION into a folder, as it came."""
    with open_database(settings) as database:
        name, _, content = desk.hand_out(
            settings, database, application_id, attachment_id, actor=actor
        )
    durable.write_file(out / name, content, mode=0o600)
    click.echo(f"{out / name}")


@attachment.command()
@_NUMBER
@_FILE
@_AS
@click.pass_obj
def remove(
    settings: Settings, application_id: int, attachment_id: int, actor: str
) -> None:
    """Remove one ATTACHMENT of a draft or returned APPLICATION."""
    with open_database(settings) as database:
        desk.remove(settings, database, application_id, attachment_id, actor=actor)
    click.echo("Removed. That it was there stays on record.")


@attachment.command()
@click.pass_obj
def sweep(settings: Settings) -> None:
    """Destroy files that a killed process left over and no application knows."""
    with open_database(settings) as database:
        number = sweeping.sweep(settings, database)
    click.echo(f"{number} files were destroyed.")
