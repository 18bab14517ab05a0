"""``enclave feasibility``: how many patients are there? Through the count gate."""

from pathlib import Path

import click
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from enclave.cli.feasibility_tables import (
    print_budget,
    print_extents,
    write_cells,
)
from enclave.cli.installation import open_database
from enclave.cohort.question import Question
from enclave.cohort.reading import read_question
from enclave.disclosure.explanation import Language, explain
from enclave.disclosure.policy import policy as rules_in_force
from enclave.errors import InputError
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CellsAnswer,
    CostsAnswer,
    CountAnswer,
    ExactAnswer,
    ExtentsAnswer,
    PolicyAnswer,
)
from enclave.feasibility.by_codes import Code
from enclave.feasibility.service import FeasibilityService
from enclave.feasibility.steward import exact_count
from enclave.settings import Settings


_FILE = click.argument("file", type=click.Path(path_type=Path))
_AS = click.option("--as", "account", required=True, help="Account of who asks.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
_LANGUAGE = click.option(
    "--language",
    type=click.Choice(["en", "da"]),
    default="en",
    help="English (en) or Danish (da).",
)


@click.group()
def feasibility() -> None:
    """Ask how many patients there are, protected by the count gate."""


@feasibility.command()
@_FILE
@_AS
@_JSON
@click.pass_obj
def count(settings: Settings, file: Path, account: str, *, as_json: bool) -> None:
    """Count the patients of the question in FILE (JSON)."""
    question = _read(file)
    with open_database(settings) as database:
        answer = FeasibilityService(settings, database).count(account, question)
    if as_json:
        _write(CountAnswer.model_validate(answer))
        return
    price = "asked before, free" if answer.answered_before else "a new question"
    click.echo(f"{answer.shown} patients on snapshot {answer.snapshot} ({price})")
    click.echo(f"{answer.budget_left} new questions left")


@feasibility.command()
@_FILE
@_AS
@_LANGUAGE
@_JSON
@click.pass_obj
def attrition(
    settings: Settings, file: Path, account: str, language: Language, *, as_json: bool
) -> None:
    """Count step by step; each step is a question of its own."""
    question = _read(file)
    with open_database(settings) as database:
        answer = FeasibilityService(settings, database).attrition(account, question)
    if as_json:
        _write(AttritionAnswer.model_validate(answer))
        return
    table = Table("Step", "Patients")
    table.columns[1].justify = "right"
    for step in answer.steps:
        label = step.label_da if language == "da" else step.label_en
        table.add_row(label, step.shown)
    Console(markup=False).print(table)
    click.echo(f"{answer.budget_left} new questions left")


@feasibility.command()
@_FILE
@_AS
@click.option(
    "--by",
    default="sex-age",
    show_default=True,
    help="sex-age, index-year, or a coded variable of persons: person.municipality.",
)
@_JSON
@click.pass_obj
def breakdown(
    settings: Settings, file: Path, account: str, by: str, *, as_json: bool
) -> None:
    """Count cell by cell, at the price of one question."""
    question = _read(file)
    with open_database(settings) as database:
        answer = FeasibilityService(settings, database).breakdown(account, question, by)
    write_cells(CellsAnswer.model_validate(answer), as_json=as_json)


@feasibility.command()
@_FILE
@click.argument("variables", nargs=-1, required=True)
@_AS
@_JSON
@click.pass_obj
def availability(
    settings: Settings,
    file: Path,
    variables: tuple[str, ...],
    account: str,
    *,
    as_json: bool,
) -> None:
    """Count who has values of VARIABLES, at the price of one question."""
    question = _read(file)
    with open_database(settings) as database:
        service = FeasibilityService(settings, database)
        answer = service.availability(account, question, variables)
    write_cells(CellsAnswer.model_validate(answer), as_json=as_json)


@feasibility.command()
@_FILE
@click.argument("variables", nargs=-1, required=True)
@_AS
@_LANGUAGE
@_JSON
@click.pass_obj
def extent(
    settings: Settings,
    file: Path,
    variables: tuple[str, ...],
    account: str,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Say how many values of VARIABLES patients have, and since when; one question."""
    question = _read(file)
    with open_database(settings) as database:
        service = FeasibilityService(settings, database)
        answer = ExtentsAnswer.of(service.extent(account, question, variables))
    if as_json:
        _write(answer)
    else:
        print_extents(answer, language)


@feasibility.command()
@_FILE
@_AS
@_LANGUAGE
@_JSON
@click.pass_obj
def costs(
    settings: Settings, file: Path, account: str, language: Language, *, as_json: bool
) -> None:
    """Count what each criterion costs, whatever their order.

    Each criterion is asked alone and left out: two questions of their own.
    """
    question = _read(file)
    with open_database(settings) as database:
        answer = FeasibilityService(settings, database).costs(account, question)
    if as_json:
        _write(CostsAnswer.model_validate(answer))
        return
    table = Table("Criterion", "Alone", "Without it")
    for column in table.columns[1:]:
        column.justify = "right"
    for one in answer.criteria:
        label = one.label_da if language == "da" else one.label_en
        table.add_row(label, one.alone.shown, one.without.shown)
    Console(markup=False).print(table)
    click.echo(f"{answer.cohort.shown} patients with all of them")
    click.echo(f"{answer.budget_left} new questions left")


@feasibility.command()
@_FILE
@click.argument("codes", nargs=-1, required=True)
@click.option("--system", required=True, help="Code system, such as SKS.")
@_AS
@_JSON
@click.pass_obj
def codes(
    settings: Settings,
    file: Path,
    codes: tuple[str, ...],
    system: str,
    account: str,
    *,
    as_json: bool,
) -> None:
    """Count who has each of CODES, at the price of one question."""
    question = _read(file)
    with open_database(settings) as database:
        wanted = [Code(system, code) for code in codes]
        answer = FeasibilityService(settings, database).codes(account, question, wanted)
    write_cells(CellsAnswer.model_validate(answer), as_json=as_json)


@feasibility.command()
@_FILE
@click.option("--system", required=True, help="Code system, such as SKS.")
@_AS
@_JSON
@click.pass_obj
def also(
    settings: Settings, file: Path, system: str, account: str, *, as_json: bool
) -> None:
    """Count who also has the most frequent codes of a system, for one question."""
    question = _read(file)
    with open_database(settings) as database:
        answer = FeasibilityService(settings, database).also(account, question, system)
    write_cells(CellsAnswer.model_validate(answer), as_json=as_json)


@feasibility.command()
@_FILE
@_AS
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@_JSON
@click.pass_obj
def exact(
    settings: Settings, file: Path, account: str, reason: str, *, as_json: bool
) -> None:
    """Count exactly, for data managers, on the record."""
    question = _read(file)
    with open_database(settings) as database:
        answer = exact_count(settings, database, account, question, reason)
    if as_json:
        _write(ExactAnswer.model_validate(answer))
        return
    click.echo(
        f"exactly {answer.exact_persons:,} patients on snapshot {answer.on_snapshot};"
        " not to be passed on"
    )


@feasibility.command()
@_AS
@_JSON
@click.pass_obj
def budget(settings: Settings, account: str, *, as_json: bool) -> None:
    """Say how many new questions an account may still ask."""
    with open_database(settings) as database:
        left = FeasibilityService(settings, database).budget(account)
    if as_json:
        _write(BudgetAnswer.model_validate(left))
        return
    print_budget(left)


@feasibility.command()
@_LANGUAGE
@_JSON
def policy(language: Language, *, as_json: bool) -> None:
    """Show the rules of the count gate."""
    if as_json:
        _write(PolicyAnswer.of(rules_in_force()))
        return
    for sentence in explain(rules_in_force(), language):
        Console(markup=False, highlight=False).print(f"- {sentence}\n")


def _read(file: Path) -> Question:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"The question file {file} cannot be read ({error.strerror}). Give the"
            " path of a JSON file."
        ) from error
    return read_question(text)


def _write(answer: BaseModel) -> None:
    click.echo(answer.model_dump_json())
