"""What people are told, once each, and mail through a real server."""

import email
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from enclave.errors import HostError, InputError
from enclave.projects import applications, notices, people, reviews
from enclave.projects.mail import CLAIM, MailServer, send_all
from enclave.store.database import Database
from enclave.store.notice_tables import Notice, OutgoingMail
from tests.builders.projects import NOW, at, cast, later, person, proposal, take


class Inbox:
    """Keeps what a real SMTP server on loopback receives."""

    def __init__(self) -> None:
        self.messages: list[email.message.Message] = []
        self.answer = "250 OK"
        self.unknown: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        del server, session, options
        if address in self.unknown:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its name
        del server, session
        if self.answer.startswith("250"):
            self.messages.append(email.message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, MailServer]]:
    found = Inbox()
    controller = Controller(
        found, hostname="127.0.0.1", port=_free_port(), enable_SMTPUTF8=False
    )
    controller.start()
    yield found, MailServer("127.0.0.1", controller.port, "enclave@hospital.example")
    controller.stop()


@pytest.fixture
def submitted(database: Database) -> Database:
    cast(database)
    proposal(database, "submitted", title="Infektioner æøå")
    return database


def test_who_must_decide_is_told_and_the_applicant_of_the_decision(
    submitted: Database,
):
    with submitted.begin() as session:
        told = {one.account: one.key for one in session.scalars(select(Notice))}
        assert told == {"karen": "waiting"}
        take(session, 1, "return", "karen")
        rikke, _ = notices.of_account(session, people.get(session, "rikke"))

    assert {one.key for one in rikke} == {"moved", "waiting"}
    assert all("æøå" in one.title for one in rikke)


def test_the_mail_names_the_application_and_no_reason(
    submitted: Database, inbox: tuple[Inbox, MailServer]
):
    found, server = inbox
    with submitted.begin() as session:
        take(session, 1, "return", "karen", "Because of the budget.")

    assert send_all(submitted, server, at()) == 3
    bodies = [one.get_payload(decode=True).decode() for one in found.messages]
    assert {one["To"] for one in found.messages} == {
        "rikke@demo.example",
        "karen@demo.example",
    }
    assert any("projektforslag 1".casefold() in one.casefold() for one in bodies)
    assert not any("budget" in one for one in bodies)
    assert all("æøå" in one for one in bodies)


def test_nothing_is_sent_twice(submitted: Database, inbox: tuple[Inbox, MailServer]):
    found, server = inbox
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: send_all(submitted, server, at()), range(4)))

    assert sum(sent) == len(found.messages) == 1
    assert send_all(submitted, server, at()) == 0


def test_what_the_server_refuses_stays_and_is_tried_again(
    submitted: Database, inbox: tuple[Inbox, MailServer]
):
    found, server = inbox
    found.answer = "451 Try again later"
    assert send_all(submitted, server, at()) == 0
    with submitted.begin() as session:
        mail = session.scalars(select(OutgoingMail)).one()
        assert (mail.sent, mail.attempts) == (None, 1)
        assert "451" in mail.failure

    found.answer = "250 OK"
    assert send_all(submitted, server, at()) == 1


@pytest.mark.parametrize(
    ("address", "failure"),
    [
        ("gone@demo.example", "SMTPRecipientsRefused"),
        ("søren@demo.example", "AddressNotSupportedError"),
        ("a@demo.example\nBcc: b@demo.example", "ValueError"),
    ],
)
def test_a_dead_address_does_not_block_the_mails_behind_it(
    submitted: Database,
    inbox: tuple[Inbox, MailServer],
    address: str,
    failure: str,
):
    found, server = inbox
    found.unknown = {"gone@demo.example"}
    with submitted.begin() as session:
        session.scalars(select(OutgoingMail)).one().recipient = address
    proposal(submitted, "submitted", title="Behind it")

    assert send_all(submitted, server, at()) == 1

    assert len(found.messages) == 1
    with submitted.begin() as session:
        dead, behind = session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
        assert (dead.sent, dead.claimed, dead.attempts) == (None, None, 1)
        assert failure in dead.failure
        assert behind.sent is not None


def test_a_server_that_is_away_loses_nothing(submitted: Database):
    away = MailServer("127.0.0.1", _free_port(), "enclave@hospital.example")

    with pytest.raises(HostError, match="stays in the outbox"):
        send_all(submitted, away, at())

    with submitted.begin() as session:
        assert session.scalars(select(OutgoingMail)).one().claimed is None


def test_a_mail_whose_worker_died_is_taken_after_an_hour(
    submitted: Database, inbox: tuple[Inbox, MailServer]
):
    found, server = inbox
    with submitted.begin() as session:
        session.scalars(select(OutgoingMail)).one().claimed = NOW

    assert send_all(submitted, server, at()) == 0
    assert send_all(submitted, server, lambda: NOW + CLAIM * 2) == 1
    assert found.messages[0]["Message-ID"].endswith("@enclave>")


def test_a_refused_step_tells_nobody(submitted: Database):
    with submitted.begin() as session:
        before = len(session.scalars(select(Notice)).all())
    with (
        pytest.raises(Exception, match=r"own project|role"),
        submitted.begin() as session,
    ):
        take(session, 1, "return", "rikke")

    with submitted.begin() as session:
        assert len(session.scalars(select(Notice)).all()) == before


def test_what_is_late_is_reminded_of_once_a_week(submitted: Database):
    def remind(days: int) -> int:
        with submitted.begin() as session:
            return notices.remind(session, later(days=days))

    assert [remind(days) for days in (1, 5, 7, 7, 8, 13, 20)] == [0, 0, 1, 0, 0, 1, 1]


def test_who_stepped_aside_is_not_reminded(submitted: Database):

    with submitted.begin() as session:
        person(session, "kim", "core")
        reviews.recuse(session, 1, "My brother leads it.", "karen")
        notices.remind(session, later(days=30))
        late = select(Notice).where(Notice.key == "late")
        assert {one.account for one in session.scalars(late)} == {"kim"}


def test_an_approval_that_expires_is_told_in_time(database: Database):
    cast(database)
    proposal(database, "approved", short_name="demo")
    with database.begin() as session:
        found = applications.get(session, 1, "rikke")
        expires = next(
            one.expires for one in applications.form_of(found).approvals if one.expires
        )

    told = []
    for ahead in (100, 60, 59, 14, 2, 1):
        with database.begin() as session:
            told.append(notices.remind(session, at(expires - timedelta(days=ahead))))

    assert told == [0, 1, 0, 1, 1, 0]


@pytest.mark.parametrize("address", ["", "http://host", "smtp://", "host:25"])
def test_an_address_that_is_none(address: str):
    with pytest.raises(InputError, match="set ENCLAVE_SMTP"):
        MailServer.from_environment({"ENCLAVE_SMTP": address})


def test_an_address_with_a_password():
    found = MailServer.from_environment(
        {"ENCLAVE_SMTP": "smtp+tls://me:p%40ss@mail.example:587"}
    )

    assert (found.host, found.port, found.user, found.password, found.starttls) == (
        "mail.example",
        587,
        "me",
        "p@ss",
        True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_mail_ends_with_the_address_that_browsers_know():
    known = {
        "ENCLAVE_SMTP": "smtp://mail.example",
        "ENCLAVE_PUBLIC_URL": "https://enclave.example.dk/",
    }
    found = MailServer.from_environment(known)
    assert found.portal == "https://enclave.example.dk/services/portal/"
    del known["ENCLAVE_PUBLIC_URL"]
    assert MailServer.from_environment(known).portal == ""
