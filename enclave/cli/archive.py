"""``enclave archive``: analyses that were run once cleanly and are kept whole."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from enclave.archive import layout, rerun_request, shelf, underway
from enclave.archive.bundle import submit as archive_analysis
from enclave.archive.change import wording
from enclave.archive.change.explanation import explain
from enclave.archive.change.wording import Language
from enclave.archive.jobs import enqueue_submission
from enclave.archive.randomness import Randomness
from enclave.archive.shelf import Shelf
from enclave.archive.submission import Submission
from enclave.cli.cell_progress import cell_progress
from enclave.cli.installation import open_database
from enclave.errors import InputError
from enclave.settings import Settings
from enclave.store.archive_tables import ArchivedAnalysis, Rerun


@click.group()
def archive() -> None:
    """Archive analyses, and look at those that are archived."""


@archive.command()
@click.argument("notebook", metavar="ANALYSIS", type=click.Path(path_type=Path))
@click.option("--project", required=True, help="Slug of the project.")
@click.option("--as", "account", required=True, help="Who submits it.")
@click.option("--title", required=True, help="Title; its words also make the id.")
@click.option(
    "-p",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter; the value is read as JSON, else as text. May be repeated.",
)
@click.option(
    "--sweep",
    metavar="NAME=[VALUES]",
    multiple=True,
    help="A parameter and a JSON list of its values: one run for each. Repeatable.",
)
@click.option(
    "--entry",
    multiple=True,
    help="A step of a folder, by its name; repeat it in the order of the steps.",
)
@click.option("--queue", is_flag=True, help="Leave it to a worker and return at once.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def submit(
    settings: Settings,
    /,
    notebook: Path,
    *,
    queue: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Run ANALYSIS once on the project's newest data, and archive it.

    It is a notebook, a script, or a folder whose analysis.yaml names the steps. It is
    refused if it does not run cleanly, with the cell and the cause. The same code with
    the same parameters, kernel and data is archived once.
    """
    given["parameters"] = _parameters(given["parameters"])
    given["sweep"] = _lists(_parameters(given["sweep"]))
    submission = Submission.read(notebook, **given)
    if queue:
        with open_database(settings) as database:
            job = enqueue_submission(settings, database, submission)
        click.echo(f"Job {job} is waiting for a worker: enclave worker")
        return
    with open_database(settings) as database, cell_progress() as watch:
        analysis = archive_analysis(settings, database, submission, watch=watch)
    if as_json:
        click.echo(json.dumps(_document(analysis), ensure_ascii=False))
        return
    click.echo(f"Archived as {analysis.id}")
    click.echo(f"Folder: {settings.archive / analysis.id}")
    _say_what_is_random(settings.archive / analysis.id)
    if not analysis.publishable:
        click.echo("The publishable copy is withheld: README.md there says why.")


def _say_what_is_random(folder: Path) -> None:
    file = folder / layout.RANDOMNESS
    if not file.exists():  # archived before this was recorded
        return
    found = Randomness.model_validate_json(file.read_bytes())
    for one in found.without_seed:
        where = f"{one.step}, cell" if one.step else "Cell"
        click.echo(
            f"{where} {one.cell} draws random numbers without a seed ({one.call}): a"
            " re-run will have others. Give a seed and submit it again."
        )


@archive.command("list")
@click.option("--project", help="Only those of this project.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON list.")
@click.pass_obj
def list_analyses(settings: Settings, project: str | None, *, as_json: bool) -> None:
    """List archived analyses, the newest first."""
    with open_database(settings) as database, database.begin() as session:
        found = [_document(one) for one in shelf.everything(session, project)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    # An id that is cut short cannot be copied.
    whole = Column("Analysis", no_wrap=True)
    table = Table(whole, "Title", "By", "Kernel", "Snapshot", "Archived")
    for one in found:
        table.add_row(
            *(one[name] for name in ("id", "title", "account", "kernel")),
            str(one["snapshot"]),
            one["archived"][:10],
        )
    Console(markup=False).print(table)


@archive.command()
@click.argument("analysis")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.pass_obj
def show(settings: Settings, analysis: str, *, as_json: bool) -> None:
    """Show one archived ANALYSIS and its re-runs."""
    with open_database(settings) as database, database.begin() as session:
        found = _document(shelf.get(session, analysis))
        reruns = [_rerun(one) for one in rerun_request.of_analysis(session, analysis)]
    if as_json:
        click.echo(json.dumps({**found, "reruns": reruns}, ensure_ascii=False))
        return
    console = Console(markup=False)
    table = Table("Archived analysis", found.pop("id"))
    for name, value in found.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    runs = Table("Re-run", "Asked by", "Asked", "Verdict")
    for one in reruns:
        verdict = one["verdict"] or "not done yet"
        runs.add_row(
            str(one["number"]), one["requested_by"], one["requested"][:16], verdict
        )
    console.print(runs)


@archive.command()
@click.argument("analysis")
@click.pass_obj
def verify(settings: Settings, analysis: str) -> None:
    """Check that no file of an archived ANALYSIS was changed, added or removed."""
    with open_database(settings) as database:
        with database.begin() as session:
            found = shelf.get(session, analysis)
        manifest = Shelf(settings, database).verified(found)
    click.echo(f"{analysis} is as it was signed: {len(manifest.files)} files.")


@archive.command("underway")
@click.argument("project")
@click.pass_obj
def list_underway(settings: Settings, project: str) -> None:
    """Say how far the analyses are that PROJECT left to a worker."""
    with open_database(settings) as database, database.begin() as session:
        found = underway.of_project(session, project)
    table = Table("Job", "Title", "By", "State", "Archived as, or why not")
    for one in found:
        cells = f", cell {one.cell} of {one.cells}" if one.cells else ""
        told = one.analysis or one.refusal or ""
        table.add_row(str(one.job), one.title, one.account, f"{one.state}{cells}", told)
    Console(markup=False).print(table)


@archive.command()
@click.argument("job", type=int)
@click.option("--as", "actor", required=True, help="Who handed it in, or of CORE.")
@click.pass_obj
def cancel(settings: Settings, job: int, actor: str) -> None:
    """Have the analysis of JOB not archived, or stop it where it runs."""
    with open_database(settings) as database, database.begin() as session:
        underway.cancel(session, job, actor=actor)
    click.echo(f"Job {job} is cancelled.")


@archive.command()
@click.argument("analysis")
@click.option("--exact", is_flag=True, help="Exact counts, for data managers; logged.")
@click.option("--language", type=click.Choice(["en", "da"]), default="en")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
@click.option("--as", "actor", required=True, help="Member, or data manager.")
@click.pass_obj
def why(
    settings: Settings,
    analysis: str,
    language: Language,
    actor: str,
    *,
    exact: bool,
    as_json: bool,
) -> None:
    """Say why the numbers of an archived ANALYSIS would be others today.

    Who came to the cohort and who left it since, by reason: new patients, late data,
    corrections, opt-outs, a changed question or code list; and whether the kernel is
    another. Protected counts, at the price of one question.
    """
    with open_database(settings) as database:
        found = explain(settings, database, analysis, actor=actor, exact=exact)
    if as_json:
        click.echo(json.dumps(found.document, ensure_ascii=False))
        return
    click.echo(f"{analysis}: snapshot {found.then} -> {found.now}")
    for one in found.parts:
        sign = "+" if one.reason.sign > 0 else "-"
        click.echo(f"{sign} {one.shown:>16}  {wording.part(one, language)}")
    for line in wording.remarks(found, language):
        click.echo(line)


def _parameters(given: tuple[str, ...]) -> dict[str, Any]:
    parameters = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is no parameter: write NAME=VALUE.")
        parameters[name.strip()] = _value(value)
    return parameters


def _lists(given: dict[str, Any]) -> dict[str, list[Any]]:
    for name, values in given.items():
        if not isinstance(values, list) or not values:
            raise InputError(
                f"Give the values of {name} as a list: --sweep {name}=[1,2]."
            )
    return given


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _document(analysis: ArchivedAnalysis) -> dict[str, Any]:
    return {
        "id": analysis.id,
        "title": analysis.title,
        "account": analysis.account,
        "archived": analysis.archived.isoformat(),
        "kernel": analysis.kernel,
        "delivery": analysis.delivery_version,
        "snapshot": analysis.snapshot,
        "publishable": analysis.publishable,
        "manifest": analysis.manifest_digest,
    }


def _rerun(one: Rerun) -> dict[str, Any]:
    return {
        "number": one.number,
        "requested_by": one.requested_by,
        "requested": one.requested.isoformat(),
        "verdict": one.verdict,
        "cause": one.cause,
        "completed": one.completed.isoformat() if one.completed else None,
        "certificate": one.certificate_digest,
    }
