"""Send what lies in the outbox through a mail server.

A mail is claimed in a transaction of its own before it is sent, and marked as sent
after, so that of two workers one sends it and nothing is lost when one dies. It can
leave twice only if a worker dies between the two; both copies have one Message-ID.
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, or_, select, update

from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import HostError, InputError
from enclave.store.database import Database
from enclave.store.notice_tables import OutgoingMail


# After this long a worker that claimed a mail is taken to be dead.
CLAIM = timedelta(hours=1)
MOST_ATTEMPTS = 20
_SECONDS = 20


# Where the hub has the portal, below its own address.
_PORTAL = "/services/portal/"


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and who it is from.

    Attributes
    ----------
    starttls
        True where the connection is encrypted before anything is said.
    portal
        Address of the portal, which every mail ends with; empty where it is not known.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    starttls: bool = False
    portal: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "MailServer":
        """Read ``ENCLAVE_SMTP``, ``ENCLAVE_MAIL_FROM`` and ``ENCLAVE_PUBLIC_URL``.

        ``smtp://host:25`` or ``smtp+tls://user:password@host:587``.

        Raises
        ------
        InputError
            If there is no usable address.
        """
        address = urlsplit(environ.get("ENCLAVE_SMTP", ""))
        public = environ.get("ENCLAVE_PUBLIC_URL", "").rstrip("/")
        if address.scheme not in {"smtp", "smtp+tls"} or not address.hostname:
            raise InputError(
                "No mail server is set, so nothing is sent and everything stays in the"
                " outbox: set ENCLAVE_SMTP to smtp://host:25 or"
                " smtp+tls://user:password@host:587."
            )
        return cls(
            host=address.hostname,
            port=address.port or 25,
            sender=environ.get("ENCLAVE_MAIL_FROM", f"enclave@{address.hostname}"),
            user=unquote(address.username or ""),
            password=unquote(address.password or ""),
            starttls=address.scheme == "smtp+tls",
            portal=f"{public}{_PORTAL}" if public else "",
        )


def send_all(database: Database, server: MailServer, clock: Clock = now) -> int:
    """Send every mail that waits; return how many left.

    One that the server refuses, or that has no usable address, stays in the outbox and
    is tried at the next run; those behind it are sent.

    Raises
    ------
    HostError
        If the server cannot be reached.
    """
    sent = 0
    for number in _waiting(database, clock):
        mail = _claim(database, number, clock)
        if mail is None:
            continue
        try:
            _hand_over(server, mail)
        except smtplib.SMTPResponseException as error:
            _give_back(database, number, f"{type(error).__name__} {error.smtp_code}")
            continue
        except (smtplib.SMTPRecipientsRefused, ValueError) as error:
            _give_back(database, number, type(error).__name__)
            continue
        except (OSError, smtplib.SMTPException) as error:
            _give_back(database, number, type(error).__name__)
            raise HostError(
                f"The mail server {server.host}:{server.port} does not take mail"
                f" ({type(error).__name__}): what was not sent stays in the outbox."
            ) from None
        with database.begin() as session:
            session.get_one(OutgoingMail, number).sent = clock()
        sent += 1
    return sent


class AddressNotSupportedError(ValueError):
    """An address has letters that the mail server cannot take."""


def _waiting(database: Database, clock: Clock) -> list[int]:
    with database.begin() as session:
        return list(
            session.scalars(
                select(OutgoingMail.id)
                .where(
                    OutgoingMail.sent.is_(None),
                    OutgoingMail.attempts < MOST_ATTEMPTS,
                    _free(clock),
                )
                .order_by(OutgoingMail.id)
            )
        )


def _claim(database: Database, number: int, clock: Clock) -> OutgoingMail | None:
    with database.begin() as session:
        taken = session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.id == number, OutgoingMail.sent.is_(None), _free(clock))
            .values(claimed=clock(), attempts=OutgoingMail.attempts + 1)
            .returning(OutgoingMail.id)
        ).all()
        return session.get_one(OutgoingMail, number) if taken else None


def _free(clock: Clock) -> ColumnElement[bool]:
    return or_(OutgoingMail.claimed.is_(None), OutgoingMail.claimed < clock() - CLAIM)


def _give_back(database: Database, number: int, failure: str) -> None:
    with database.begin() as session:
        mail = session.get_one(OutgoingMail, number)
        mail.claimed, mail.failure = None, failure[:400]


def _hand_over(server: MailServer, mail: OutgoingMail) -> None:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created)
    name = digest({"occasion": mail.occasion, "id": mail.id})
    message["Message-ID"] = f"<{name}@enclave>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{mail.body}\n{server.portal}".rstrip() + "\n")
    with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as connection:
        if server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        try:
            connection.send_message(message)
        except smtplib.SMTPNotSupportedError as error:
            # Above, the same error means that the server is not set up as we think.
            raise AddressNotSupportedError from error
