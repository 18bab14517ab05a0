"""``enclave display``: how much was shown to whom."""

import click
from rich.console import Console
from rich.table import Table

from enclave.cli.installation import open_database
from enclave.display import egress
from enclave.settings import Settings


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=30,
    show_default=True,
    help="How many days back, today included.",
)
@click.pass_obj
def display(settings: Settings, days: int) -> None:
    """Show how many bytes went towards the browsers of each project.

    Downloads are refused, but what is shown has left: it can be photographed. A line
    with an alarm passed the limit of a day, and is in the audit log as well.
    """
    with open_database(settings) as database, database.begin() as session:
        found = egress.report(session, days=days)
    if not found:
        click.echo(f"Nothing was shown to anybody in the last {days} days.")
        return
    table = Table("day", "project", "person", "MB shown", "answers", "", box=None)
    for day in found:
        table.add_row(
            day.on.isoformat(),
            day.project,
            day.person,
            f"{day.bytes / 1e6:.1f}",
            str(day.answers),
            "alarm" if day.alarm else "",
        )
    Console().print(table)
