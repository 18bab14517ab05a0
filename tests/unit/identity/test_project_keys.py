"""Project keys: made once, opened only by the right root, destroyed for good."""

import base64
import json
import multiprocessing
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enclave.canonical import canonical_json
from enclave.errors import IntegrityError, NotFoundError, PolicyRefusal
from enclave.identity.project_keys import ProjectKeys
from enclave.settings import Settings
from enclave.signature import Signer, verify


def file_of(settings: Settings, project: int) -> Path:
    return settings.keys / "projects" / f"{project}.json"


def destroy(settings: Settings, project: int) -> dict:
    return ProjectKeys(settings).destroy(
        project,
        actor="mads",
        reason="the project is closed",
        clock=lambda: datetime(2026, 11, 22, tzinfo=UTC),
    )


def test_a_key_is_made_once(settings: Settings):
    keys = ProjectKeys(settings)

    first = keys.create(3)
    key = keys.load(3)

    assert keys.create(3) == first
    assert keys.load(3) == key
    assert len(key) == 32


def test_each_project_has_its_own_key(settings: Settings):
    keys = ProjectKeys(settings)
    for project in (3, 4):
        keys.create(project)

    assert keys.load(3) != keys.load(4)


def test_the_key_lies_on_disk_only_wrapped_and_only_for_its_owner(settings: Settings):
    keys = ProjectKeys(settings)
    keys.create(3)
    key = keys.load(3)

    kept = b"".join(file.read_bytes() for file in settings.keys.rglob("*.json"))
    assert kept
    assert key not in kept
    assert key.hex().encode() not in kept
    assert base64.b64encode(key) not in kept
    assert file_of(settings, 3).stat().st_mode & 0o077 == 0
    assert (settings.keys / "projects").stat().st_mode & 0o077 == 0


def test_a_project_without_a_key_is_named(settings: Settings):
    with pytest.raises(NotFoundError, match="Project 3 has no key yet"):
        ProjectKeys(settings).load(3)


def test_a_key_of_another_project_does_not_open(settings: Settings):
    keys = ProjectKeys(settings)
    for project in (3, 4):
        keys.create(project)

    shutil.copy(file_of(settings, 4), file_of(settings, 3))

    with pytest.raises(IntegrityError, match="key of project 3 does not open"):
        keys.load(3)


def test_another_root_key_does_not_open_it(settings: Settings):
    ProjectKeys(settings).create(3)
    root = settings.keys / "root.key"
    root.chmod(0o600)
    root.write_bytes(os.urandom(32))
    root.chmod(0o400)

    with pytest.raises(IntegrityError, match="root key or the key file was replaced"):
        ProjectKeys(settings).load(3)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"project": 3}'])
def test_a_damaged_key_file_is_named(settings: Settings, content: bytes):
    ProjectKeys(settings).create(3)
    file_of(settings, 3).write_bytes(content)

    with pytest.raises(IntegrityError, match="key file of project 3 cannot be read"):
        ProjectKeys(settings).load(3)


def test_a_changed_wrapped_key_does_not_open(settings: Settings):
    ProjectKeys(settings).create(3)
    stored = json.loads(file_of(settings, 3).read_bytes())
    stored["wrapped"] = "A" + stored["wrapped"][1:-4] + "AAA="
    file_of(settings, 3).write_bytes(canonical_json(stored))

    with pytest.raises(IntegrityError, match="does not open"):
        ProjectKeys(settings).load(3)


def test_a_destroyed_key_is_gone_and_leaves_a_signed_record(settings: Settings):
    keys = ProjectKeys(settings)
    wrapped = keys.create(3).wrapped

    record = destroy(settings, 3)

    trusted = Signer.load(settings).public_key
    assert verify(record, trusted_key=trusted) == {
        "document": "key-destruction",
        "project": 3,
        "key": "project-3-epoch-1",
        "wrapped_key_sha256": record["wrapped_key_sha256"],
        "created": record["created"],
        "destroyed": "2026-11-22T00:00:00+00:00",
        "actor": "mads",
        "reason": "the project is closed",
    }
    remaining = [file for file in settings.keys.rglob("*") if file.is_file()]
    assert not any(wrapped.encode() in file.read_bytes() for file in remaining)
    for attempt in (keys.load, keys.create):
        with pytest.raises(PolicyRefusal, match="was destroyed"):
            attempt(3)


def test_destroying_twice_gives_the_first_record(settings: Settings):
    ProjectKeys(settings).create(3)

    first = destroy(settings, 3)
    again = ProjectKeys(settings).destroy(3, actor="anne", reason="once more")

    assert again == first


def test_an_interrupted_destruction_is_completed(settings: Settings):
    keys = ProjectKeys(settings)
    keys.create(3)
    kept = file_of(settings, 3).read_bytes()
    destroy(settings, 3)
    # Killed between the record and the shredding.
    file_of(settings, 3).write_bytes(kept)

    with pytest.raises(PolicyRefusal):
        keys.load(3)
    destroy(settings, 3)

    assert not file_of(settings, 3).exists()


def test_a_key_that_never_was_cannot_be_destroyed(settings: Settings):
    with pytest.raises(NotFoundError):
        destroy(settings, 3)

    ProjectKeys(settings).create(3)


def _create_and_load(settings: Settings) -> bytes:
    keys = ProjectKeys(settings)
    keys.create(3)
    return keys.load(3)


def test_many_processes_at_once_make_one_key(settings: Settings):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_create_and_load, [settings] * 8)

    assert len(set(keys)) == 1
