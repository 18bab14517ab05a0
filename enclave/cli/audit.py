"""``enclave audit``: look at the log, sign it, take it elsewhere, prove it whole."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.audit import export as exporting
from enclave.audit import log, roots
from enclave.audit.chain import Verification
from enclave.cli.installation import open_database
from enclave.settings import Settings


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def audit() -> None:
    """Show, sign, export and verify the hash-chained audit log."""


@audit.command()
@click.option(
    "--file", type=_FILE, help="Verify this export instead: needs no database."
)
@click.option("--key", help="Public key (base64) that must have signed the export.")
@click.option(
    "--root",
    "elsewhere",
    type=_FILE,
    multiple=True,
    help="A signed root that was kept elsewhere; may be repeated.",
)
@click.pass_obj
def verify(
    settings: Settings, file: Path | None, key: str | None, elsewhere: tuple[Path, ...]
) -> None:
    """Check every entry, and every signed root."""
    if file is not None:
        found = exporting.verify(file, trusted_key=key, elsewhere=elsewhere)
        _say_whole(found, 1 + len(elsewhere))
        if key is None:
            click.echo(
                "The signature was checked against the key in the file itself; give"
                " --key to check who signed."
            )
        return
    with open_database(settings) as database, database.begin() as session:
        found = roots.verify(session, settings, elsewhere)
    number = len(roots.kept(settings)) + len(elsewhere)
    _say_whole(found, number)


@audit.command()
@click.option("--last", default=20, show_default=True, help="How many entries.")
@click.option("--actor", help="Only what this account did.")
@click.option("--subject", help="Only what happened to this, such as application:3.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def show(
    settings: Settings,
    last: int,
    actor: str | None,
    subject: str | None,
    *,
    as_json: bool,
) -> None:
    """Show the last entries, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        entries = log.latest(session, last, actor=actor, subject=subject)
    if as_json:
        for entry in entries:
            click.echo(json.dumps(entry, ensure_ascii=False))
    else:
        Console(markup=False).print(_table(entries))


@audit.command()
@click.pass_obj
def sign(settings: Settings) -> None:
    """Sign what the log is now, keep the root, and print it to be kept elsewhere."""
    with open_database(settings) as database, database.begin() as session:
        root = roots.sign(session, settings)
    click.echo(json.dumps(root))


@audit.command()
@click.argument("file", type=_FILE)
@click.pass_obj
def export(settings: Settings, file: Path) -> None:
    """Write the whole log and its signed root to FILE."""
    with open_database(settings) as database, database.begin() as session:
        found = exporting.write(session, settings, file)
    click.echo(f"{found.entries} entries written to {file}.")
    click.echo(f"Anybody can check it: enclave audit verify --file {file}")


def _say_whole(found: Verification, number: int) -> None:
    fit = "1 signed root fits" if number == 1 else f"{number} signed roots fit"
    click.echo(f"The audit log is whole: {found.entries} entries, {fit}.")
    click.echo(f"Its last hash is {found.head}.")


def _table(entries: list[dict[str, Any]]) -> Table:
    table = Table("No.", "When (UTC)", "Who", "What", "To what", "Details")
    for entry in entries:
        details = json.dumps(entry["details"], ensure_ascii=False)
        table.add_row(
            str(entry["number"]),
            entry["at"][:19].replace("T", " "),
            entry["actor"],
            entry["action"],
            entry["subject"],
            details if len(details) <= 80 else details[:79] + "…",
        )
    return table
