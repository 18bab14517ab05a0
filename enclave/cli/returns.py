"""``enclave returns``: check what a project gives back."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from enclave.cohort.wording import Language
from enclave.errors import PolicyRefusal
from enclave.returns.codebook import Codebook, read_codebook
from enclave.returns.daims.checks import Result, check
from enclave.returns.daims.finding import Status
from enclave.returns.daims.wording import sentences, title
from enclave.returns.dataset import read_dataset


_FILE = click.Path(path_type=Path, dir_okay=False)
_SIGNS = {Status.PASSED: "✓", Status.TO_JUDGE: "?", Status.FAILED: "✗"}


@click.group()
def returns() -> None:
    """Check what a project gives back: cleaned data with their codebook."""


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
