"""``enclave warehouse``: load sources, and see what a load did."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.feasibility.index.building import build
from enclave.projects.people import SYSTEM
from enclave.returns.findings import rules
from enclave.settings import Settings
from enclave.warehouse.difference import TableDifference, diff
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.record import record_snapshots
from enclave.warehouse.rules import Problem
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse


_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def warehouse() -> None:
    """Load sources into snapshots, and compare snapshots."""


@warehouse.command()
@click.option(
    "--source",
    required=True,
    help="Folder of CSV or Parquet files, .duckdb file, or URL such as postgres://….",
)
@click.option("--mapping", required=True, help="Name of a shipped mapping, or a file.")
@click.option("--as", "actor", default=SYSTEM, help="Data manager who loads.")
@_JSON
@click.pass_obj
def load(
    settings: Settings, source: str, mapping: str, actor: str, *, as_json: bool
) -> None:
    """Read a source into a new snapshot; the same data again make none."""
    stored = Warehouse(settings)
    with open_database(settings) as database, database.begin() as session:
        described, obeyed = rules.obeyed(session, Mapping.load(mapping))
    with Console(stderr=True).status("Opening the source") as status:
        report = stored.load(source, described, tell=status.update)
        status.update("Building the feasibility index")
        build(stored.snapshot(report.snapshot))
    with open_database(settings) as database, database.begin() as session:
        record_snapshots(session, stored.snapshots(), actor=actor)
        rules.note_snapshot(session, obeyed, report.snapshot)
    if as_json:
        click.echo(report.model_dump_json())
        return
    if report.unchanged:
        click.echo(
            f"Nothing has changed since snapshot {report.snapshot}: no new one is made."
        )
        return
    manifest = stored.snapshot(report.snapshot).manifest
    table = Table(
        "Table", "Rows", "Persons", "Change", title=f"Snapshot {report.snapshot}"
    )
    for name, version in manifest.tables.items():
        persons = "" if version.persons is None else f"{version.persons:,}"
        table.add_row(name, f"{version.rows:,}", persons, report.tables[name])
    Console(markup=False).print(table)
    if report.opted_out:
        click.echo(f"{report.opted_out:,} persons opted out and are left out.")
    _show_problems(report.problems)


@warehouse.command("list")
@_JSON
@click.pass_obj
def list_snapshots(settings: Settings, *, as_json: bool) -> None:
    """List all snapshots, the oldest first."""
    manifests = Warehouse(settings).snapshots()
    if as_json:
        click.echo(json.dumps([each.model_dump(mode="json") for each in manifests]))
        return
    table = Table("Snapshot", "Made", "Mapping", "Persons", "Rows", "Source")
    for each in manifests:
        table.add_row(
            str(each.number),
            f"{each.created:%Y-%m-%d %H:%M}",
            f"{each.mapping.name} {each.mapping.version}",
            f"{each.tables['person'].rows:,}",
            f"{sum(version.rows for version in each.tables.values()):,}",
            each.source.place,
        )
    Console(markup=False).print(table)


@warehouse.command("diff")
@click.argument("before", type=int)
@click.argument("after", type=int)
@_JSON
@click.pass_obj
def show_diff(settings: Settings, before: int, after: int, *, as_json: bool) -> None:
    """Say how snapshot AFTER differs from snapshot BEFORE."""
    stored = Warehouse(settings)
    found = diff(stored.snapshot(before), stored.snapshot(after))
    if as_json:
        click.echo(found.model_dump_json())
        return
    table = Table("Table", "", "Rows", "Persons", "Variables")
    for each in found.tables:
        table.add_row(
            each.table,
            each.change,
            _signed(each.rows_added, each.rows_removed),
            _signed(each.persons_added, each.persons_removed),
            _variables(each),
        )
    Console(markup=False).print(table)


@warehouse.command()
@click.argument("snapshot", type=int, required=False)
@_JSON
@click.pass_obj
def problems(settings: Settings, snapshot: int | None, *, as_json: bool) -> None:
    """Show what the load of SNAPSHOT found; by default of the newest one."""
    found = Warehouse(settings).snapshot(snapshot).manifest.problems
    if as_json:
        click.echo(json.dumps([each.model_dump() for each in found]))
        return
    _show_problems(found)


@warehouse.command("synthesise")
@click.option("--persons", required=True, type=int, help="How many persons.")
@click.option(
    "--seed", default=1, show_default=True, help="The same seed, the same data."
)
@click.option("--dirt", is_flag=True, help="With the faults of real data.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="New folder."
)
@_JSON
def make_up(persons: int, seed: int, out: Path, *, dirt: bool, as_json: bool) -> None:
    """Make up a hospital's data, to be loaded through the mapping synthetic."""
    report = synthesise(out, persons=persons, seed=seed, dirt=dirt)
    if as_json:
        click.echo(json.dumps({"folder": str(report.folder), "rows": report.rows}))
        return
    table = Table("Table", "Rows", title=str(report.folder))
    for name, rows in report.rows.items():
        table.add_row(name, f"{rows:,}")
    Console(markup=False).print(table)


def _show_problems(problems: tuple[Problem, ...]) -> None:
    if not problems:
        click.echo("The load found nothing to complain about.")
        return
    table = Table("Table", "Rule", "Variable", "Rows", "Action", title="Problems")
    for each in problems:
        table.add_row(
            each.table, each.rule, each.variable or "", f"{each.rows:,}", each.action
        )
    Console(markup=False).print(table)


def _signed(added: int, removed: int) -> str:
    parts = [f"+{added:,}"] * bool(added) + [f"-{removed:,}"] * bool(removed)
    return " ".join(parts)


def _variables(difference: TableDifference) -> str:
    parts: list[Any] = [f"+{name}" for name in difference.variables_added]
    parts += [f"-{name}" for name in difference.variables_removed]
    return ", ".join([*parts, *difference.changed_variables])
