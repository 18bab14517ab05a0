"""``enclave code-list``: save, read, compare and share code lists."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.cohort.code_lists import csv_file, lists
from enclave.cohort.code_lists.checking import unknown
from enclave.cohort.code_lists.difference import difference
from enclave.cohort.code_lists.documents import difference_document, document, summary
from enclave.cohort.code_lists.entries import ListEntry
from enclave.cohort.code_lists.lists import Draft, Sharing, Version
from enclave.cohort.known_codes import KnownCodes
from enclave.errors import InputError
from enclave.projects import people
from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse


_NAME = click.argument("name")
_AS = click.option("--as", "actor", required=True, help="Account of who does this.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
_SHOWN = 10


@click.group("code-list")
def code_list() -> None:
    """Keep code lists: save versions, share them, see what changed.

    NAME is owner/name, or the name alone for a list of one's own.
    """


@code_list.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", required=True, help="Such as type-2-diabetes.")
@click.option("--system", required=True, help="Code system, such as SKS, ATC or NPU.")
@click.option("--note", default="", help="Why, or from where; kept with the version.")
@_AS
@click.pass_obj
def import_list(
    settings: Settings, file: Path, name: str, system: str, note: str, actor: str
) -> None:
    """Save the CSV in FILE as a new list, or as the next version of NAME.

    The columns are code, use (include or exclude), descendants (yes or no) and label.
    A file with a row that cannot be used is refused whole.
    """
    entries = csv_file.read(_read(file))
    with open_database(settings) as database, database.begin() as session:
        account = people.get(session, actor)
        saved = lists.save(session, account, Draft(name, system, entries, note))
    click.echo(
        f"{saved.full_name} version {saved.version}: {len(entries)} entries, read by"
        f" {_READERS[saved.shared]}."
    )
    _say_unknown(settings, saved)


@code_list.command("list")
@_AS
@_JSON
@click.pass_obj
def list_lists(settings: Settings, actor: str, *, as_json: bool) -> None:
    """List the code lists an account may read, its own and those shared with it."""
    with open_database(settings) as database, database.begin() as session:
        found = lists.readable(session, people.get(session, actor))
    if as_json:
        click.echo(json.dumps([summary(one) for one in found], ensure_ascii=False))
        return
    table = Table("Name", "Version", "System", "Entries", "Shared", "Saved")
    for one in found:
        table.add_row(
            one.full_name,
            str(one.version),
            one.system,
            str(len(one.entries)),
            one.shared,
            f"{one.saved:%Y-%m-%d}",
        )
    Console(markup=False).print(table)


@code_list.command()
@_NAME
@click.option("--version", type=int, help="By default the newest.")
@click.option(
    "--form",
    type=click.Choice(["text", "csv", "json", "codes"]),
    default="text",
    show_default=True,
    help="csv to edit and import again; json with every version; codes as a question"
    " embeds them.",
)
@_AS
@click.pass_obj
def show(
    settings: Settings, name: str, version: int | None, form: str, actor: str
) -> None:
    """Show a version of NAME, or write it out for elsewhere."""
    with open_database(settings) as database, database.begin() as session:
        account = people.get(session, actor)
        found = lists.get(session, account, name, version)
        versions = lists.versions(session, account, name)
    if form == "csv":
        click.echo(csv_file.write(found.entries), nl=False)
    elif form == "json":
        click.echo(json.dumps(document(found, versions), ensure_ascii=False))
    elif form == "codes":
        click.echo(found.codes.model_dump_json(exclude_none=True))
    else:
        _print(found, versions)
        _say_unknown(settings, found)


@code_list.command()
@_NAME
@click.argument("before", type=int)
@click.argument("after", type=int)
@_AS
@_JSON
@click.pass_obj
def diff(
    settings: Settings, name: str, before: int, after: int, actor: str, *, as_json: bool
) -> None:
    """Say what changed in NAME from version BEFORE to version AFTER."""
    with open_database(settings) as database, database.begin() as session:
        account = people.get(session, actor)
        old, new = (
            lists.get(session, account, name, version) for version in (before, after)
        )
    found = difference(old.entries, new.entries)
    if as_json:
        click.echo(json.dumps(difference_document(found), ensure_ascii=False))
        return
    for entry in found.removed:
        click.echo(f"- {_line(entry)}")
    for entry in found.added:
        click.echo(f"+ {_line(entry)}")
    for change in found.changed:
        click.echo(f"~ {_line(change.before)}  ->  {_line(change.after)}")
    if found.nothing:
        click.echo("The two versions have the same entries.")


@code_list.command()
@_NAME
@click.argument("shared", type=click.Choice([one.value for one in Sharing]))
@_AS
@click.pass_obj
def share(settings: Settings, name: str, shared: str, actor: str) -> None:
    """Let nobody else, the institution or everybody read NAME."""
    with open_database(settings) as database, database.begin() as session:
        account = people.get(session, actor)
        lists.share(session, account, name, shared)
        found = lists.get(session, account, name)
    click.echo(f"{found.full_name} may be read by {_READERS[found.shared]}.")


_READERS = {
    Sharing.PRIVATE: "its owner alone",
    Sharing.INSTITUTION: "its owner's institution",
    Sharing.EVERYBODY: "everybody",
}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}): give the path of a CSV file."
        ) from error


def _print(found: Version, versions: list[Version]) -> None:
    click.echo(
        f"{found.full_name} version {found.version} ({found.system}), read by"
        f" {_READERS[found.shared]}"
    )
    click.echo(f"SHA-256 {found.digest}")
    for entry in found.entries:
        click.echo(f"  {_line(entry)}")
    for one in versions:
        click.echo(f"Version {one.version}, {one.saved:%Y-%m-%d}: {one.note or '-'}")


def _line(entry: ListEntry) -> str:
    sign = "!" if entry.exclude else ""
    star = "*" if entry.match == "prefix" else ""
    return f"{sign}{entry.code}{star} {entry.label}".rstrip()


def _say_unknown(settings: Settings, found: Version) -> None:
    warehouse = Warehouse(settings)
    if not warehouse.snapshots():
        return
    known = KnownCodes(warehouse.snapshot().catalogue.codes)
    strange = unknown(found.system, found.entries, known)
    for one in strange[:_SHOWN]:
        click.echo(f"Look again: {one}")
    if len(strange) > _SHOWN:
        click.echo(f"And {len(strange) - _SHOWN} more.")
