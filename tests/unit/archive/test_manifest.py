import json
from pathlib import Path

import pytest

from enclave.archive import layout, manifest
from enclave.archive.manifest import Subject
from enclave.errors import IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer


@pytest.fixture
def signer(settings) -> Signer:
    return Signer.load(settings)


@pytest.fixture
def folder(tmp_path: Path, signer: Signer, subject: Subject) -> Path:
    folder = tmp_path / subject.id
    (folder / "kernel").mkdir(parents=True)
    (folder / "source.ipynb").write_text("{}")
    (folder / "kernel" / "requirements.lock").write_text("pandas==3.1.1\n")
    manifest.seal(folder, subject, signer)
    return folder


def test_a_sealed_folder_verifies(folder: Path, signer: Signer, subject: Subject):
    verified = manifest.verify(folder, trusted_key=signer.public_key)

    assert set(verified.files) == {"source.ipynb", "kernel/requirements.lock"}
    assert verified.files["source.ipynb"].bytes == 2
    assert verified.model_dump(include=set(Subject.model_fields)) == (
        subject.model_dump()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda at: (at / "source.ipynb").write_text("{ }"),
            "source.ipynb was changed",
        ),
        (lambda at: (at / "source.ipynb").unlink(), "source.ipynb is missing"),
        (lambda at: (at / "kernel" / "x").write_text(""), "kernel/x was added"),
        (lambda at: (at / "link").symlink_to("/etc"), "link was added"),
    ],
)
def test_a_touched_folder_is_refused(folder, signer, change, message):
    change(folder)

    with pytest.raises(IntegrityError, match=message):
        manifest.verify(folder, trusted_key=signer.public_key)


def test_a_file_replaced_by_a_link_to_its_copy_is_refused(folder, signer, tmp_path):
    copy = tmp_path / "copy"
    copy.write_text("{}")
    (folder / "source.ipynb").unlink()
    (folder / "source.ipynb").symlink_to(copy)

    with pytest.raises(IntegrityError, match=r"source\.ipynb was changed"):
        manifest.verify(folder, trusted_key=signer.public_key)


def test_a_touched_or_foreign_manifest_is_refused(folder, signer, subject, tmp_path):
    path = folder / layout.MANIFEST
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "account": "mads"}))
    with pytest.raises(IntegrityError, match="changed after it was signed"):
        manifest.verify(folder, trusted_key=signer.public_key)

    stranger = Signer.load(Settings.at(tmp_path / "other"))
    manifest.seal(folder, subject, stranger)
    with pytest.raises(IntegrityError, match="not by the trusted"):
        manifest.verify(folder, trusted_key=signer.public_key)


@pytest.mark.parametrize(
    "break_it",
    [
        Path.unlink,
        lambda path: path.write_bytes(path.read_bytes()[:50]),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: path.write_text("[]"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(folder, signer, break_it):
    break_it(folder / layout.MANIFEST)

    with pytest.raises(IntegrityError, match="its manifest"):
        manifest.verify(folder, trusted_key=signer.public_key)


def test_a_signed_document_of_another_kind_is_no_manifest(folder, signer):
    path = folder / layout.MANIFEST
    path.write_text(json.dumps(signer.sign({"type": "grant"})))

    with pytest.raises(IntegrityError, match="does not know"):
        manifest.verify(folder, trusted_key=signer.public_key)
