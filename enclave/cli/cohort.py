"""``enclave cohort``: read, explain and check cohort questions."""

import json
from dataclasses import asdict
from typing import BinaryIO

import click

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.atlas.writing import write_definition
from enclave.cohort.labels import labels_of
from enclave.cohort.lint import lint as look_for_mistakes
from enclave.cohort.lint import refuse
from enclave.cohort.question import Question
from enclave.cohort.reading import read_question
from enclave.cohort.rendering import describe as in_words
from enclave.cohort.wording import Language
from enclave.errors import InputError
from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse


_FILE = click.argument("file", type=click.File("rb"))
_SNAPSHOT = click.option("--snapshot", type=int, help="Number; by default the newest.")


@click.group()
def cohort() -> None:
    """Explain and check cohort questions, written as JSON.

    Counts are asked for with: enclave feasibility count.
    """


@cohort.command()
def schema() -> None:
    """Print the JSON schema of a question."""
    click.echo(json.dumps(Question.model_json_schema(), indent=2, ensure_ascii=False))


@cohort.command()
@_FILE
@_SNAPSHOT
@click.option(
    "--language", type=click.Choice(["en", "da"]), default="en", show_default=True
)
@click.pass_obj
def describe(
    settings: Settings, file: BinaryIO, snapshot: int | None, language: Language
) -> None:
    """Say the question in FILE in words, for a reviewer to sign.

    FILE may be - for the standard input. Codes, tables and variables get their labels
    from the warehouse, if it holds any.
    """
    question = read_question(file.read())
    labels = _labels(question, settings, snapshot, language)
    click.echo(in_words(question, language, labels))
    click.echo(f"SHA-256 {question.digest}")


@cohort.command()
@_FILE
@_SNAPSHOT
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_context
def lint(
    ctx: click.Context, file: BinaryIO, snapshot: int | None, *, as_json: bool
) -> None:
    """Look for mistakes in the question in FILE; exit code 2 if there are errors."""
    question = read_question(file.read())
    catalogue = Warehouse(ctx.obj).snapshot(snapshot).catalogue
    findings = look_for_mistakes(question, catalogue)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
        wrong = any(each.severity == "error" for each in findings)
        ctx.exit(InputError.exit_code if wrong else 0)
    for each in findings:
        if each.severity == "warning":
            click.echo(f"Warning: {each.path}: {each.message}")
    refuse(findings)
    if not findings:
        click.echo("No mistakes found.")


@cohort.command("import-atlas")
@_FILE
@click.option(
    "--entry-only",
    is_flag=True,
    help="Leave out when persons leave the cohort, which a question does not say.",
)
def import_atlas(file: BinaryIO, *, entry_only: bool) -> None:
    """Translate the ATLAS cohort definition in FILE into a question.

    FILE is the JSON that ATLAS exports. What a question cannot say is refused, each
    thing by its name; what reads differently is said on the standard error.
    """
    question, notes = read_definition(file.read(), entry_only=entry_only)
    _say(notes)
    click.echo(question.model_dump_json(indent=2))


@cohort.command("export-atlas")
@_FILE
@_SNAPSHOT
@click.pass_obj
def export_atlas(settings: Settings, file: BinaryIO, snapshot: int | None) -> None:
    """Translate the question in FILE into an ATLAS cohort definition.

    Concepts get their names from the warehouse, if it holds any. What ATLAS cannot say
    is refused, each thing by its name.
    """
    question = read_question(file.read())
    text, notes = write_definition(
        question, _labels(question, settings, snapshot, "en")
    )
    _say(notes)
    click.echo(text)


def _say(notes: tuple[str, ...]) -> None:
    for note in notes:
        click.echo(f"Note: {note}", err=True)


def _labels(
    question: Question, settings: Settings, snapshot: int | None, language: Language
) -> dict[str, str]:
    warehouse = Warehouse(settings)
    if snapshot is None and not warehouse.snapshots():
        return {}
    return labels_of(question, warehouse.snapshot(snapshot).catalogue, language)
