"""Another root key, in another place: what hangs from it stays the same."""

import base64
import os
import secrets
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from enclave.errors import HostError, IntegrityError, PolicyRefusal
from enclave.identity import project_keys, rotation
from enclave.identity.project_keys import ProjectKeys
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.root_key import root_key, roots
from enclave.identity.vault import Vault
from enclave.signature import Signer, verify


NUMBERS = ["0102709981", "0202709981", "0302709981"]
ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)


def state(settings):
    """Everything that must survive: pseudonyms of two projects, and the vault."""
    keys = np.arange(100)
    made = [Pseudonyms.for_project(settings, n).of(keys).to_pylist() for n in (1, 2)]
    vault = Vault.of(settings)
    persons = vault.keys_for(NUMBERS, kind="cpr", valid_from=TODAY).to_pylist()
    return made, persons, vault.ids_of(persons).to_pylist()


def rotate(settings):
    return rotation.rotate(settings, actor="mads", reason="yearly")


def test_a_new_root_key_opens_what_the_old_one_closed(settings):
    before, old = state(settings), root_key(settings)

    record = rotate(settings)

    assert root_key(settings) != old
    assert len(roots(settings)) == 1
    assert state(settings) == before
    signed = verify(record, trusted_key=Signer.load(settings).public_key)
    assert (signed["actor"], signed["project_keys"]) == ("mads", 2)


@pytest.mark.parametrize(
    "work",
    [
        lambda vault: vault.keys_for(NUMBERS, kind="cpr", valid_from=TODAY),
        lambda vault: vault.link(NUMBERS[0], "0402709981", kind="cpr", on=TODAY),
        lambda vault: vault.ids_of([1]),
        lambda vault: vault.aliases("cpr"),
    ],
    ids=["keys_for", "link", "ids_of", "aliases"],
)
def test_a_vault_that_was_open_before_the_change_is_refused(settings, work):
    before, open_before = state(settings), Vault.of(settings)
    rotate(settings)

    with pytest.raises(IntegrityError, match=r"changed meanwhile.*start again"):
        work(open_before)

    assert Vault.of(settings).count() == len(NUMBERS)
    assert state(settings) == before


def test_the_old_root_key_opens_nothing_any_more(settings):
    state(settings)
    path = settings.keys / "root.key"
    old = path.read_bytes()
    rotate(settings)
    path.chmod(0o600)
    path.write_bytes(old)

    with pytest.raises(IntegrityError):
        ProjectKeys(settings).load(1)
    with pytest.raises(IntegrityError):
        Vault.of(settings)


@pytest.mark.parametrize("step", ["close_keys", "close_vault", "use_next"])
def test_broken_off_everything_opens_and_the_next_call_goes_on(
    settings, monkeypatch, step
):
    before = state(settings)

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if step == "close_keys":
            patched.setattr(project_keys, "replace", die)
        elif step == "close_vault":
            patched.setattr(Vault, "close_with", die)
        else:
            patched.setattr(rotation, "use_next", die)
        with pytest.raises(KeyboardInterrupt):
            rotate(settings)

    assert state(settings) == before
    rotate(settings)
    assert state(settings) == before
    assert len(roots(settings)) == 1


def create_during(settings, monkeypatch, change):
    """Ask for a project key while the vault is being closed; return what came of it."""
    asked = []
    close = Vault.close_with

    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as patched:

        def ask_and_close(vault, root):
            asked.append(pool.submit(ProjectKeys(settings).create, 7))
            time.sleep(0.3)
            close(vault, root)

        patched.setattr(Vault, "close_with", ask_and_close)
        change()
    (made,) = asked
    return made


def test_a_project_key_that_is_asked_for_during_the_change_opens(settings, monkeypatch):
    state(settings)

    create_during(settings, monkeypatch, lambda: rotate(settings)).result()

    assert len(ProjectKeys(settings).load(7)) == 32


def test_after_a_move_no_project_key_is_made_with_the_old_root(settings, monkeypatch):
    state(settings)
    monkeypatch.setenv("THE_ROOT", base64.b64encode(secrets.token_bytes(32)).decode())
    there = replace(settings, root_key_from="environment:THE_ROOT")

    def move():
        rotation.move(settings, there, actor="mads", reason="elsewhere")

    made = create_during(settings, monkeypatch, move)

    with pytest.raises(IntegrityError, match="set ENCLAVE_ROOT_KEY_FROM"):
        made.result()
    ProjectKeys(there).create(7)
    assert len(ProjectKeys(there).load(7)) == 32


def test_a_root_key_from_the_environment(settings, monkeypatch):
    there = replace(settings, root_key_from="environment:THE_ROOT")
    with pytest.raises(HostError, match="THE_ROOT, which is not set"):
        state(there)
    monkeypatch.setenv("THE_ROOT", base64.b64encode(b"short").decode())
    with pytest.raises(IntegrityError, match="not 32 bytes"):
        state(there)
    monkeypatch.setenv("THE_ROOT", base64.b64encode(secrets.token_bytes(32)).decode())

    before = state(there)

    assert not (settings.keys / "root.key").exists()
    assert state(there) == before
    with pytest.raises(PolicyRefusal, match="not in a file"):
        rotate(there)


def test_a_place_that_is_none_is_refused(settings):
    for place in ("vault", "pkcs11:module=x"):
        with pytest.raises(HostError, match=r"root key|ROOT_KEY"):
            state(replace(settings, root_key_from=place))


MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.skipif(
    shutil.which("softhsm2-util") is None, reason="bin/setup test installs SoftHSM"
)
def test_a_root_key_in_a_token_that_never_gives_it_away(settings, tmp_path):
    # In a process of its own: the library reads its configuration once.
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    place = f"module={MODULE};token=enclave;label=root;pin=TOKEN_PIN"
    environment = {
        **os.environ,
        "SOFTHSM2_CONF": str(config),
        "TOKEN_PIN": "1234",
        "ENCLAVE_HOME": str(settings.home),
        "PLACE": place,
    }
    start = (
        "softhsm2-util --init-token --free --label enclave --pin 1234 --so-pin 12345"
    )
    subprocess.run(start.split(), env=environment, check=True, capture_output=True)
    script = """
import os
from dataclasses import replace
from enclave.identity import rotation
from enclave.identity.root_key import roots
from enclave.identity.token_root import TokenRoot
from enclave.settings import Settings
from tests.unit.identity.test_rotation import state

here = Settings.from_environment(os.environ)
there = replace(here, root_key_from="pkcs11:" + os.environ["PLACE"])
before = state(here)
TokenRoot.at(os.environ["PLACE"]).create()
rotation.move(here, there, actor="mads", reason="into hardware")
assert state(there) == before
(here.keys / "root.key").unlink()
assert state(there) == before
(root,) = roots(there)
assert len(root.secret("a")) == 32 and root.secret("a") != root.secret("b")
print("moved")
"""
    said = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == "moved\n", said.stderr
