"""An exported log stands alone, and every way to bend it is noticed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.audit import export, log, roots
from enclave.audit.chain import entry_hash
from enclave.audit.log import Event
from enclave.errors import InputError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from tests.builders.projects import at


AWKWARD = 'Grund: æøå \u2028 \x85 "quoted" \n new line, 1e3, <b>'


@pytest.fixture
def exported(database: Database, settings: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "log.jsonl"
    with database.begin() as session:
        for i in range(5):
            event = Event("karen", "note.add", f"note:{i}", {"reason": AWKWARD, "n": i})
            log.record(session, event, clock=at())
        export.write(session, settings, file, clock=at())
    return file


def bend(file: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    # As JSON Lines means it: one document a line, and "\n" alone ends a line.
    lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    documents = change([json.loads(line) for line in lines])
    file.write_text("".join(json.dumps(one) + "\n" for one in documents), "utf-8")


def changed(position: int, **fields) -> Callable[[list[dict]], list[dict]]:
    def change(documents: list[dict]) -> list[dict]:
        documents[position].update(fields)
        return documents

    return change


def rechained(documents: list[dict]) -> list[dict]:
    """Change an entry and mend every hash after it, as somebody clever would."""
    documents[1]["actor"] = "ole"
    previous = documents[0]["hash"]
    for entry in documents[1:-1]:
        entry["previous"] = previous
        entry["hash"] = previous = entry_hash(entry)
    return documents


def test_an_export_verifies_without_database_or_home(exported: Path):
    found = export.verify(exported)

    assert found.entries == 5
    assert found.head in exported.read_text(encoding="utf-8")


def test_an_export_names_who_signed_it(
    exported: Path, settings: Settings, tmp_path: Path
):
    other = Signer.load(Settings.at(tmp_path / "other"))

    export.verify(exported, trusted_key=Signer.load(settings).public_key)
    with pytest.raises(IntegrityError, match="not by the trusted key"):
        export.verify(exported, trusted_key=other.public_key)


def test_an_export_written_again_with_the_same_entries_verifies(exported: Path):
    bend(exported, lambda documents: documents)

    assert export.verify(exported).entries == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(2, actor="ole"), "entry 3 was changed"),
        (changed(2, details={}), "entry 3 was changed"),
        (changed(2, extra=1), "entry 3 was changed"),
        (changed(2, number=7), "entry 3 is missing"),
        (changed(2, hash="0" * 64), "entry 3 was changed"),
        (lambda lines: lines[:2] + lines[3:], "entry 3 is missing"),
        (lambda lines: lines[1:], "entry 1 is missing"),
        (lambda lines: lines[:-2] + lines[-1:], "were 5: its end was cut off"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "entry 1 is missing"),
        (lambda lines: [lines[0], *lines], "entry 2 is missing"),
        (lambda lines: lines[:-1], "not a signed root"),
        (rechained, "entry 5 is not the one that was signed"),
        (changed(-1, entries=4), "signature does not fit"),
        (changed(-1, head="0" * 64), "signature does not fit"),
    ],
)
def test_what_was_bent_is_noticed(exported: Path, change: Callable, words: str):
    bend(exported, change)

    with pytest.raises(IntegrityError, match=words):
        export.verify(exported)


def test_entries_added_behind_the_root_are_noticed(exported: Path):
    def longer(documents: list[dict]) -> list[dict]:
        *entries, root = documents
        more = {**entries[-1], "number": 6, "previous": entries[-1]["hash"]}
        more["hash"] = entry_hash(more)
        return [*entries, more, root]

    bend(exported, longer)
    with pytest.raises(IntegrityError, match="6 entries and its root speaks of 5"):
        export.verify(exported)


def test_an_export_is_held_against_roots_kept_elsewhere(
    exported: Path, database: Database, settings: Settings
):
    with database.begin() as session:
        log.record(session, Event("karen", "note.add", "note:6"), clock=at())
        roots.sign(session, settings, clock=at())
    (later,) = roots.kept(settings)

    with pytest.raises(IntegrityError, match=r"ends with entry 5.*there were 6"):
        export.verify(exported, elsewhere=[later])


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n{", b"[]\n", b"\xff\xfe", b"1\n"]
)
def test_what_is_no_export_is_said_to_be_none(tmp_path: Path, content: bytes):
    file = tmp_path / "log.jsonl"
    file.write_bytes(content)

    with pytest.raises(InputError, match="not a readable export"):
        export.verify(file)
    with pytest.raises(InputError, match="not a readable export"):
        export.verify(tmp_path / "absent.jsonl")
