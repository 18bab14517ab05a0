"""``enclave mail``: reminders, and the outbox."""

import os

import click

from enclave.cli.installation import open_database
from enclave.delivery.cpr_extract import handover
from enclave.projects import notices
from enclave.projects.mail import MailServer, send_all
from enclave.settings import Settings


@click.group()
def mail() -> None:
    """Remind people of what waits, and send what lies in the outbox."""


@mail.command()
@click.pass_obj
def send(settings: Settings) -> None:
    """Send every mail in the outbox through the server of ENCLAVE_SMTP.

    Run it every few minutes. Two at once send nothing twice.
    """
    server = MailServer.from_environment(os.environ)
    with open_database(settings) as database:
        sent = send_all(database, server)
    click.echo(f"{sent} mails sent.")


@mail.command()
@click.pass_obj
def remind(settings: Settings) -> None:
    """Write reminders of what is late or expires into the outbox. Run it daily."""
    with open_database(settings) as database, database.begin() as session:
        told = notices.remind(session) + handover.remind(session)
    click.echo(f"{told} reminders written.")
