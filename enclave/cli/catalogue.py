"""``enclave catalogue``: what there is to ask for."""

import json

import click
from rich.console import Console
from rich.table import Column, Table

from enclave.settings import Settings
from enclave.warehouse.catalogue import Code, Profile, TableEntry, Variable
from enclave.warehouse.warehouse import Warehouse


_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON.")
_SNAPSHOT = click.option("--snapshot", type=int, help="By default the newest.")


@click.group()
def catalogue() -> None:
    """Search and show tables, variables and codes."""


@catalogue.command()
@click.argument("text")
@_SNAPSHOT
@_JSON
@click.pass_obj
def search(
    settings: Settings, text: str, snapshot: int | None, *, as_json: bool
) -> None:
    """Find variables and codes whose name or label holds TEXT, in Danish or English."""
    found = Warehouse(settings).snapshot(snapshot).catalogue.search(text)
    if as_json:
        click.echo(json.dumps([each.model_dump(mode="json") for each in found]))
        return
    if not found:
        click.echo(f"Nothing in the catalogue holds {text!r}.")
        return
    table = Table(_names(), "System or unit", "English", "Dansk")
    for each in found:
        table.add_row(*_found(each))
    Console(markup=False).print(table)


@catalogue.command()
@click.argument("name", required=False)
@_SNAPSHOT
@_JSON
@click.pass_obj
def show(
    settings: Settings, name: str | None, snapshot: int | None, *, as_json: bool
) -> None:
    """Show NAME, a table or a table.variable; without one, all tables."""
    known = Warehouse(settings).snapshot(snapshot).catalogue
    if name is None:
        shown: list[TableEntry | Variable] = list(known.tables)
    else:
        shown = [known.variable(name) if "." in name else known.table(name)]
    if as_json:
        click.echo(json.dumps([each.model_dump(mode="json") for each in shown]))
    elif name is None:
        _show_tables(list(known.tables))
    elif isinstance(shown[0], TableEntry):
        _show_tables([shown[0]])
        _show_variables(list(shown[0].variables))
    else:
        _show_variables([known.variable(name)])


def _names() -> Column:
    # Names are there to be copied, so they are never cut.
    return Column("Name", no_wrap=True, overflow="fold")


def _found(each: Variable | Code) -> tuple[str, str, str, str]:
    if isinstance(each, Code):
        return each.code, each.system, each.label_en or "", each.label_da or ""
    system = each.code_system or each.unit or ""
    return each.full_name, system, each.label.en, each.label.da


def _show_tables(tables: list[TableEntry]) -> None:
    shown = Table(_names(), "English", "Dansk", "Rows", "Persons", "Years", "Codes")
    for each in tables:
        years = ""
        if each.coverage_from and each.coverage_to:
            years = f"{each.coverage_from.year}-{each.coverage_to.year}"
        shown.add_row(
            each.name,
            each.label.en,
            each.label.da,
            f"{each.rows:,}",
            "" if each.persons is None else f"{each.persons:,}",
            years,
            each.code_system or "",
        )
    Console(markup=False).print(shown)


def _show_variables(variables: list[Variable]) -> None:
    shown = Table(_names(), "English", "Type", "Unit", "Class", "Missing", "Values")
    for each in variables:
        shown.add_row(
            each.full_name,
            each.label.en,
            each.type,
            each.unit or each.code_system or "",
            each.sensitivity.replace("_", " "),
            f"{each.profile.missing:.0%}",
            _values(each.profile),
        )
    Console(markup=False).print(shown)


def _values(profile: Profile) -> str:
    if profile.first_year is not None:
        return f"{profile.first_year}-{profile.last_year}"
    if profile.low is not None and profile.high is not None:
        return f"{profile.low:g} to {profile.high:g}"
    return f"{profile.distinct} different"
