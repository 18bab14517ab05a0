import base64
import stat
import threading
from typing import Any

import pytest

from enclave.errors import IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer, key_id, verify


DOCUMENT = {"verdict": "identical", "outputs": 12}


@pytest.fixture
def signer(settings: Settings) -> Signer:
    return Signer.load(settings)


def test_a_signed_document_gives_its_content_back(signer: Signer):
    assert verify(signer.sign(DOCUMENT), trusted_key=signer.public_key) == DOCUMENT


def test_the_key_is_made_once_and_readable_by_its_owner_only(settings: Settings):
    first, second = Signer.load(settings), Signer.load(settings)

    assert first.public_key == second.public_key
    (file,) = settings.keys.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700


def test_processes_that_start_at_once_agree_on_the_key(settings: Settings):
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(Signer.load(settings).public_key))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    "tamper",
    [
        lambda signed: signed.update(verdict="differs"),
        lambda signed: signed.update(added=1),
        lambda signed: signed.pop("outputs"),
        lambda signed: signed["signature"].update(
            value=base64.b64encode(bytes(64)).decode()
        ),
    ],
    ids=["changed", "added", "removed", "signature"],
)
def test_a_change_after_signing_is_found(signer: Signer, tamper: Any):
    signed = signer.sign(DOCUMENT)
    tamper(signed)

    with pytest.raises(IntegrityError, match="was changed after it was signed"):
        verify(signed)


@pytest.mark.parametrize(
    "signature",
    [None, {}, "text", {"algorithm": "ed25519", "public_key": "%", "value": "%"}],
)
def test_a_document_without_a_readable_signature_is_refused(signature: Any):
    with pytest.raises(IntegrityError, match="no readable signature"):
        verify({**DOCUMENT, "signature": signature})


def test_another_algorithm_is_refused(signer: Signer):
    signed = signer.sign(DOCUMENT)
    signed["signature"]["algorithm"] = "none"

    with pytest.raises(IntegrityError, match="unknown algorithm"):
        verify(signed)


def test_another_installation_is_not_trusted(settings: Settings, signer: Signer):
    other = Signer.load(Settings.at(settings.home / "other"))

    with pytest.raises(IntegrityError, match=key_id(other.public_key)):
        verify(other.sign(DOCUMENT), trusted_key=signer.public_key)


def test_nothing_is_signed_twice(signer: Signer):
    with pytest.raises(ValueError, match="signed already"):
        signer.sign(signer.sign(DOCUMENT))
