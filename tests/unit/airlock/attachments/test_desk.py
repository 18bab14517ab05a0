"""Files of an application: kept encrypted, read by those who may, gone when removed."""

import os
import threading

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from enclave.airlock.attachments import desk
from enclave.airlock.attachments.desk import NewFile
from enclave.airlock.attachments.sweeping import Sweeper
from enclave.cli.main import enclave
from enclave.errors import InputError, IntegrityError, NotFoundError, PolicyRefusal
from enclave.projects import applications, attachments
from enclave.projects.applications import StateConflict
from enclave.store.audit_tables import AuditEntry
from enclave.store.project_tables import Application
from tests.builders.attached_files import CPR, pdf
from tests.builders.projects import at, cast, project, proposal, proposal_form, take


LETTER = pdf("Approved, H-20012345")


@pytest.fixture
def draft(database) -> int:
    cast(database)
    return proposal(database)


def attach(settings, database, number, name="letter.pdf", content=LETTER, who="rikke"):
    sent = NewFile(name, content)
    return desk.attach(settings, database, number, sent, actor=who, clock=at())


def test_a_file_comes_back_as_it_was_and_lies_encrypted(settings, database, draft):
    one = attach(settings, database, draft)

    name, media_type, content = desk.hand_out(
        settings, database, draft, one.id, actor="rikke", clock=at()
    )
    assert (name, media_type, content) == ("letter.pdf", "application/pdf", LETTER)
    (kept,) = settings.attachments.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"%PDF" not in kept.read_bytes()
    with database.begin() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        told = [(entry.action, entry.details) for entry in entries][-2:]
    assert [action for action, _ in told] == [
        "proposal.attach",
        "proposal.read_attachment",
    ]
    assert all(one.sha256 in str(details) for _, details in told)


def test_only_who_may_read_the_application_reads_the_file(settings, database, draft):
    one = attach(settings, database, draft)
    for stranger in ("anne", "karen", "sanne"):
        with pytest.raises(NotFoundError):
            desk.hand_out(settings, database, draft, one.id, actor=stranger)
    with database.begin() as session:
        take(session, draft, "submit", "rikke")
    assert desk.hand_out(settings, database, draft, one.id, actor="karen")[2] == LETTER
    other = proposal(database, short_name="other")
    with pytest.raises(NotFoundError):
        desk.hand_out(settings, database, other, one.id, actor="rikke")


def test_nobody_else_attaches_and_nothing_changes_once_it_is_handed_in(
    settings, database, draft
):
    with pytest.raises(NotFoundError):
        attach(settings, database, draft, who="anne")
    one = attach(settings, database, draft)
    with database.begin() as session:
        take(session, draft, "submit", "rikke")
    with pytest.raises(PolicyRefusal, match="neither made"):
        attach(settings, database, draft, "b.pdf", who="karen")
    with pytest.raises(StateConflict, match="while its form can be changed"):
        attach(settings, database, draft, "b.pdf")
    with pytest.raises(StateConflict):
        desk.remove(settings, database, draft, one.id, actor="rikke")
    assert len([*settings.attachments.iterdir()]) == 1


def test_a_decision_names_what_was_attached(settings, database, draft):
    attach(settings, database, draft)
    with database.begin() as session:
        take(session, draft, "submit", "rikke")
        wanted = attachments.fingerprint(session, session.get_one(Application, draft))
        last = session.scalars(
            select(AuditEntry).order_by(AuditEntry.number.desc())
        ).first()
        assert wanted in str(last.details)


def test_what_is_removed_is_gone_and_stays_on_record(settings, database, draft):
    one = attach(settings, database, draft)
    desk.remove(settings, database, draft, one.id, actor="rikke", clock=at())

    assert [*settings.attachments.iterdir()] == []
    with pytest.raises(NotFoundError):
        desk.hand_out(settings, database, draft, one.id, actor="rikke")
    with database.begin() as session:
        application = session.get_one(Application, draft)
        (row,) = attachments.every(session, application)
        assert (row.removed_by, row.name) == ("rikke", "letter.pdf")
        assert attachments.fingerprint(session, application) == ""
    attach(settings, database, draft)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("letter.pdf", LETTER, "is attached already"),
        ("LETTER.pdf", LETTER, "is attached already"),
        ("../x.pdf", LETTER, "file's name"),
        (".x.pdf", LETTER, "file's name"),
        ("a\u202efdp.pdf", LETTER, "file's name"),
        (f"{CPR}.pdf", LETTER, "CPR number"),
        ("b.pdf", b"", "1 byte to 20 MB"),
        ("b.pdf", b"%PDF-" + b" " * (20 << 20), "1 byte to 20 MB"),
        ("b.pdf", pdf(CPR), "CPR number"),
    ],
)
def test_a_refused_file_leaves_nothing(settings, database, draft, name, content, why):
    attach(settings, database, draft)
    with pytest.raises(InputError, match=why) as refused:
        attach(settings, database, draft, name, content)

    assert CPR not in str(refused.value)
    assert len([*settings.attachments.iterdir()]) == 1


def test_a_changed_file_is_not_handed_out(settings, database, draft):
    one, other = (
        attach(settings, database, draft, name) for name in ("a.pdf", "b.pdf")
    )
    first = settings.attachments / one.file
    first.write_bytes(first.read_bytes()[:-1] + b"\0")
    with pytest.raises(IntegrityError, match="not the one that was kept"):
        desk.hand_out(settings, database, draft, one.id, actor="rikke")
    (settings.keys / "attachments.key").unlink()
    with pytest.raises(IntegrityError, match="is gone"):
        desk.hand_out(settings, database, draft, other.id, actor="rikke")


def test_what_a_killed_process_left_over_is_swept(settings, database, draft):
    one, gone = (attach(settings, database, draft, name) for name in ("a.pdf", "b.pdf"))
    folder = settings.attachments
    cipher = (folder / gone.file).read_bytes()
    desk.remove(settings, database, draft, gone.id, actor="rikke", clock=at())
    # As a process leaves it that was killed between the row and the file.
    (folder / gone.file).write_bytes(cipher)
    names = ("a" * 32, ".partial-old", "b" * 32, ".partial-new")
    stray, broken, fresh, going_on = (folder / name for name in names)
    for path in (stray, broken, fresh, going_on):
        path.write_bytes(b"x")
    for path in (stray, broken, folder / gone.file, folder / one.file):
        os.utime(path, (1, 1))

    sweeper = Sweeper(settings, database)

    assert (sweeper.look(), sweeper.look()) == (3, 0)
    assert {*folder.iterdir()} == {folder / one.file, fresh, going_on}
    assert desk.hand_out(settings, database, draft, one.id, actor="rikke")[2] == LETTER


def test_a_worker_sweeps(settings, database, draft):
    attach(settings, database, draft)
    stray = settings.attachments / ("a" * 32)
    stray.write_bytes(b"x")
    os.utime(stray, (1, 1))

    done = CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)

    assert "1 attached files of nothing were destroyed" in done.output
    assert not stray.exists()


def test_of_two_files_of_one_name_at_once_one_is_kept(settings, database, draft):
    told: list[str] = []

    def try_it() -> None:
        try:
            told.append(attach(settings, database, draft).name)
        except InputError as error:
            told.append(str(error))

    threads = [threading.Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one == "letter.pdf" for one in told) == [False, True]
    assert len([*settings.attachments.iterdir()]) == 1


def test_another_departments_data_need_its_heads_letter(settings, database):
    cast(database)
    consent = {"department": "Kardiologi", "head": "H", "document": "head.pdf"}
    with database.begin() as session:
        form = proposal_form(other_departments=[consent])
        number = applications.create(session, "proposal", form, "rikke", at()).id
    with database.begin() as session, pytest.raises(InputError, match="not attached"):
        take(session, number, "submit", "rikke")
    attach(settings, database, number, "head.pdf")
    with database.begin() as session:
        take(session, number, "submit", "rikke")


def test_the_command_line_attaches_reads_and_removes(settings, database, tmp_path):
    cast(database)
    project(database)
    number = proposal(database, short_name="second")
    file = tmp_path / "letter.pdf"
    file.write_bytes(LETTER)
    out = tmp_path / "out"
    out.mkdir()

    def run(*words: str) -> str:
        words = ("attachment", *words, "--as", "rikke")
        done = CliRunner().invoke(enclave, words, obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    assert "Attached as number 1" in run("add", str(number), str(file))
    assert "letter.pdf" in run("list", str(number))
    run("get", str(number), "1", "--out", str(out))
    assert (out / "letter.pdf").read_bytes() == LETTER
    run("remove", str(number), "1")
    assert '"removed_by": "rikke"' in run("list", str(number), "--json")
    assert CliRunner().invoke(enclave, ["attachment", "sweep"], obj=settings).output
