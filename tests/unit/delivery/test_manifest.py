"""The manifest: nothing can be changed, added or taken away unnoticed."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.canonical import canonical_json, file_digest
from enclave.delivery.manifest import (
    Manifest,
    describe_file,
    read,
    signed_by,
    verify_folder,
)
from enclave.errors import InputError, IntegrityError
from enclave.signature import Signer
from tests.builders.delivery import WINDOW


@pytest.fixture
def folder(tmp_path, settings):
    """A delivery of one table and one other file."""
    folder = tmp_path / "0001"
    folder.mkdir()
    table = pa.table({"pseudonym": ["A", "A", "B"], "value": [1.0, 2.0, None]})
    pq.write_table(table, folder / "lab.parquet")
    (folder / "receipt.md").write_text("# Receipt\n")
    manifest = Manifest(
        project="demo",
        version=1,
        grant="G7-1",
        grant_digest="a",
        question_digest="b",
        snapshot=1,
        snapshot_digest="c",
        pseudonym_key="project-3-epoch-1",
        date_policy="real",
        window=WINDOW,
        persons=2,
        tables=(describe_file(folder / "lab.parquet", persons=2),),
        files={"receipt.md": file_digest(folder / "receipt.md")},
    )
    manifest.write(folder, Signer.load(settings))
    return folder


def test_a_file_is_described(folder):
    (table,) = read(folder).tables

    assert (table.name, table.file, table.rows, table.persons) == (
        "lab",
        "lab.parquet",
        3,
        2,
    )
    assert [(one.name, one.type) for one in table.columns] == [
        ("pseudonym", "string"),
        ("value", "double"),
    ]
    assert table.bytes == (folder / "lab.parquet").stat().st_size
    assert read(folder).rows == 3


def test_an_untouched_delivery_verifies_with_and_without_a_trusted_key(
    folder, settings
):
    key = Signer.load(settings).public_key

    assert verify_folder(folder) == verify_folder(folder, trusted_key=key)
    assert signed_by(folder) == key


def change(name):
    def changed(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    return changed


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (change("lab.parquet"), "lab.parquet in .* was changed"),
        (change("receipt.md"), "receipt.md in .* was changed"),
        (lambda folder: (folder / "lab.parquet").unlink(), "lab.parquet is missing"),
        (lambda folder: (folder / "more.csv").touch(), "more.csv was added"),
        (lambda folder: (folder / ".hidden").mkdir(), ".hidden was added"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "cannot be read"),
        (
            lambda folder: (folder / "manifest.json").write_text("{}"),
            "no readable signature",
        ),
    ],
)
def test_whatever_is_changed_is_named(folder, tamper, words):
    tamper(folder)

    with pytest.raises(IntegrityError, match=words):
        verify_folder(folder)


def test_a_changed_manifest_does_not_verify(folder):
    document = json.loads((folder / "manifest.json").read_text())
    document["persons"] = 3
    (folder / "manifest.json").write_bytes(canonical_json(document))

    with pytest.raises(IntegrityError, match="changed after it was signed"):
        verify_folder(folder)


def test_a_manifest_signed_by_somebody_else_is_not_trusted(folder, tmp_path, settings):
    other = type(settings).at(tmp_path / "other")
    document = json.loads((folder / "manifest.json").read_text())
    del document["signature"]
    Manifest.model_validate(document).write(folder, Signer.load(other))

    verify_folder(folder)
    with pytest.raises(IntegrityError, match="not by the trusted key"):
        verify_folder(folder, trusted_key=Signer.load(settings).public_key)


def test_another_signed_document_is_no_manifest(folder, settings):
    signed = Signer.load(settings).sign({"document": "grant"})
    (folder / "manifest.json").write_bytes(canonical_json(signed))

    with pytest.raises(IntegrityError, match="cannot be read as a delivery's manifest"):
        verify_folder(folder)


def test_a_folder_without_a_manifest_is_no_delivery(tmp_path):
    with pytest.raises(InputError, match="is no delivery"):
        verify_folder(tmp_path)
