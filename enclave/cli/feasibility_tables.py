"""Tables of protected cells and of what is read off them, for a terminal."""

import click
from rich.console import Console
from rich.table import Table

from enclave.disclosure.budget import Budget
from enclave.disclosure.explanation import Language
from enclave.feasibility.answers import CellsAnswer, ExtentAnswer, ExtentsAnswer


def write_cells(answer: CellsAnswer, *, as_json: bool) -> None:
    """Write each cell, and once why some are hidden."""
    if as_json:
        click.echo(answer.model_dump_json())
        return
    table = Table("Cell", "Patients")
    table.columns[1].justify = "right"
    for cell in answer.cells:
        table.add_row(cell.name, cell.shown)
    console = Console(markup=False, highlight=False)
    console.print(table)
    hidden = next((cell.hidden_en for cell in answer.cells if cell.hidden_en), None)
    if hidden:
        console.print(f"Hidden cells: {hidden}")
    click.echo(f"{answer.total.budget_left} new questions left")


def print_budget(budget: Budget) -> None:
    """Print how many questions are left, and how many of them may be composed."""
    click.echo(f"{budget.left} new questions left")
    click.echo(f"{budget.used_30_days} of {budget.limit_30_days} used in 30 days")
    click.echo(f"{budget.used_year} of {budget.limit_year} used in a year")
    if budget.more_at:
        click.echo(f"The next ones come back on {budget.more_at:%Y-%m-%d}")
    composed = budget.composed
    used = f"{composed.used_30_days} of {composed.limit_30_days} used in 30 days"
    click.echo(f"{composed.left} of those left may be composed ({used})")
    if composed.left == 0 and composed.more_at:
        click.echo(f"The next composed one comes back on {composed.more_at:%Y-%m-%d}")


def print_extents(answer: ExtentsAnswer, language: Language) -> None:
    """Print how many values there are of each variable, and since when."""
    danish = language == "da"
    head = ("Variabel", "Værdier", "Fra", "Til")
    table = Table(*(head if danish else ("Variable", "Values", "From", "Until")))
    for one in answer.variables:
        table.add_row(one.name, _number(one), _first(one), _year(one.last_year))
    console = Console(markup=False, highlight=False)
    console.print(table)
    for one in answer.variables:
        hidden = one.hidden_da if danish else one.hidden_en
        if hidden:
            console.print(f"-: {hidden}")
            break
    left = "nye spørgsmål tilbage" if danish else "new questions left"
    click.echo(f"{answer.budget_left} {left}")


def _number(one: ExtentAnswer) -> str:
    if one.median_from is None:
        return "-"
    if one.median_to is None:
        return f"{one.median_from}+"
    if one.median_from == one.median_to:
        return str(one.median_from)
    return f"{one.median_from}-{one.median_to}"


def _first(one: ExtentAnswer) -> str:
    return f"≤ {one.first_year}" if one.or_earlier else _year(one.first_year)


def _year(year: int | None) -> str:
    return "-" if year is None else str(year)
