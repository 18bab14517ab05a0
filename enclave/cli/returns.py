"""``enclave returns``: what a project gives back: cleaned data, publications."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.cohort.wording import Language
from enclave.errors import PolicyRefusal
from enclave.returns import publications
from enclave.returns.codebook import Codebook, read_codebook
from enclave.returns.daims.checks import Result, check
from enclave.returns.daims.finding import Status
from enclave.returns.daims.wording import sentences, title
from enclave.returns.dataset import read_dataset
from enclave.returns.datasets import desk, linking
from enclave.settings import Settings


_FILE = click.Path(path_type=Path, dir_okay=False)
_as = click.option("--as", "actor", required=True, help="Account of who does it.")
_number = click.argument("number", type=int)
_SIGNS = {Status.PASSED: "✓", Status.TO_JUDGE: "?", Status.FAILED: "✗"}


@click.group()
def returns() -> None:
    """Give back cleaned data with their codebook, and publications."""


@returns.command("check")
@click.argument("dataset", type=_FILE)
@click.argument("codebook", type=_FILE)
@click.option("--language", type=click.Choice(["en", "da"]), default="en")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def check_dataset(
    dataset: Path, codebook: Path, language: Language, *, as_json: bool
) -> None:
    """Run the 24 DAIMS checks on the CSV file DATASET, described by CODEBOOK.

    Values are never shown, only columns and numbers of rows. A dataset that fails a
    check is refused with exit code 3.
    """
    described = read_codebook(codebook)
    result = check(read_dataset(dataset, described), described)
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    else:
        _show(result, language)
    if result.failed:
        raise PolicyRefusal(
            f"{dataset.name} is not ready to be returned: it fails"
            f" {len(result.failed)} of 24 checks. Mend what is named and check again."
        )


@returns.command("codebook-schema")
def codebook_schema() -> None:
    """Print the JSON schema that a codebook must follow."""
    click.echo(json.dumps(Codebook.model_json_schema(), indent=2))


@returns.command()
@click.argument("dataset", type=_FILE)
@click.argument("codebook", type=_FILE)
@click.option("--project", required=True, help="Slug of the project.")
@_as
@click.pass_obj
def submit(
    settings: Settings, dataset: Path, codebook: Path, project: str, actor: str
) -> None:
    """Give back the CSV file DATASET, described by CODEBOOK; it passes all checks."""
    with open_database(settings) as database:
        made = desk.submit(
            settings, database, dataset, codebook, project=project, actor=actor
        )
    click.echo(f"Dataset {made.id} is with the data managers: {made.rows:,} rows.")


@returns.command("list")
@click.option("--project", help="Only those of this project.")
@click.pass_obj
def list_datasets(settings: Settings, project: str | None) -> None:
    """List the datasets that came back, as JSON."""
    with open_database(settings) as database, database.begin() as session:
        found = desk.listing(session, project)
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@returns.command()
@_number
@click.option("--comment", required=True, help="What was judged.")
@_as
@click.pass_obj
def accept(settings: Settings, number: int, comment: str, actor: str) -> None:
    """Accept dataset NUMBER; another data manager then links it."""
    with open_database(settings) as database:
        desk.accept(database, number, comment, actor=actor)
    click.echo(f"Dataset {number} is accepted. Next: enclave returns link {number}")


@returns.command()
@_number
@click.option("--comment", required=True, help="Why; the project reads it.")
@_as
@click.pass_obj
def refuse(settings: Settings, number: int, comment: str, actor: str) -> None:
    """Refuse dataset NUMBER, and destroy its files."""
    with open_database(settings) as database:
        desk.refuse(settings, database, number, comment, actor=actor)
    click.echo(f"Dataset {number} is refused.")


@returns.command()
@_number
@_as
@click.pass_obj
def link(settings: Settings, number: int, actor: str) -> None:
    """Link dataset NUMBER back to person keys: a second data manager's work."""
    with open_database(settings) as database:
        linking.link(settings, database, number, actor=actor)
    click.echo(f"Dataset {number} is linked, and its pseudonyms are gone.")


@returns.command()
@click.argument("doi")
@click.option("--project", required=True, help="Slug of the project.")
@click.option("--analysis", "analyses", multiple=True, help="Archived; repeatable.")
@_as
@click.pass_obj
def publication(
    settings: Settings, doi: str, project: str, analyses: tuple[str, ...], actor: str
) -> None:
    """Put the publication DOI on record; the public register shows it."""
    with open_database(settings) as database, database.begin() as session:
        made = publications.record(session, project, doi, analyses, actor=actor)
        click.echo(f"https://doi.org/{made.doi} is on record for {project}.")


def _show(result: Result, language: Language) -> None:
    table = Table("", "No.", "Check", "Found")
    for finding in result.findings:
        table.add_row(
            _SIGNS[finding.status],
            str(finding.number),
            title(finding.number, language),
            "\n".join(sentences(finding, language)),
        )
    console = Console()
    console.print(table)
    console.print(
        f"{result.rows} rows, {result.columns} columns: {len(result.failed)} checks"
        f" failed, {len(result.to_judge)} are for a data manager to judge."
    )
