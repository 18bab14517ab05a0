"""``enclave codes``: browse code systems, and release the bands beside their codes."""

import json

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.feasibility import code_bands
from enclave.feasibility.code_page import (
    BandedCode,
    CodePage,
    code_page,
    in_words,
    page_document,
)
from enclave.settings import Settings


@click.group()
def codes() -> None:
    """Browse SKS, ATC, NPU and other codes of the warehouse as trees."""


@codes.command()
@click.argument("system", required=False)
@click.argument("code", required=False)
@click.option("--language", type=click.Choice(["en", "da"]), default="en")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def browse(
    settings: Settings,
    system: str | None,
    code: str | None,
    language: str,
    *,
    as_json: bool,
) -> None:
    """Show what stands below CODE, or at the top of SYSTEM.

    The persons are a band of a noisy count, the same for everybody; looking costs no
    question. Codes finer or coarser than may be asked about have none.
    """
    with open_database(settings) as database:
        page = code_page(settings, database, system, code)
    if as_json:
        click.echo(json.dumps(page_document(page), ensure_ascii=False))
        return
    _print(page, language)


@codes.command("release-bands")
@click.option("--as", "actor", required=True, help="Account of a data manager.")
@click.pass_obj
def release_bands(settings: Settings, actor: str) -> None:
    """Release the bands of the snapshot that answers questions; once for each.

    It reads every event. What it spends: docs/how-to/browse-codes.md.
    """
    with open_database(settings) as database:
        number = code_bands.release(settings, database, actor)
    click.echo(f"The bands of snapshot {number} are released.")


def _print(page: CodePage, language: str) -> None:
    click.echo(f"Code systems: {', '.join(page.systems)}")
    for one in page.path:
        click.echo(f"{one.code.code} {_label(one, language)}".rstrip())
    table = Table("Code", "Label", "Below", "Persons")
    for one in page.below:
        band = in_words(one.band, language) if one.band else ""
        below = str(one.code.children or "")
        table.add_row(one.code.code, _label(one, language), below, band)
    Console(markup=False).print(table)


def _label(one: BandedCode, language: str) -> str:
    labels = one.code.label_en, one.code.label_da
    wanted, other = labels if language == "en" else reversed(labels)
    return wanted or other or ""
