import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.errors import InputError, IntegrityError, NotFoundError
from enclave.identity.vault import IDS, Vault
from enclave.identity.vault_file import VaultFile


KEY = bytes(range(32))
DAY = date(2020, 1, 1)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "identity" / "vault.db", KEY)


def keys(vault: Vault, *ids: str, kind: str = "cpr") -> list[int]:
    return vault.keys_for(list(ids), kind=kind, valid_from=DAY).to_pylist()


def test_new_ids_get_dense_keys_and_known_ids_keep_theirs(vault):
    first = keys(vault, "a", "b", "c")
    second = keys(vault, "c", "d", "a")

    assert sorted(first) == [1, 2, 3]
    assert second == [first[2], 4, first[0]]
    assert vault.count() == 4


def test_keys_come_in_the_order_of_the_ids_also_when_one_is_there_twice(vault):
    asked = pa.array(["x", "y", "x"])

    found = vault.keys_for(asked, kind="cpr", valid_from=DAY)

    assert found.type == pa.int64()
    assert found[0] == found[2] != found[1]


def test_keys_do_not_follow_the_order_of_the_ids(vault):
    ids = [f"{number:010d}" for number in range(200)]

    assert keys(vault, *ids) != list(range(1, 201))
    assert sorted(keys(vault, *ids)) == list(range(1, 201))


def test_same_text_of_another_kind_is_another_person(vault):
    assert keys(vault, "17", kind="cpr") != keys(vault, "17", kind="register")


@pytest.mark.parametrize("wrong", [[""], ["a", None], [17]])
def test_what_is_no_id_is_refused_and_changes_nothing(vault, wrong):
    with pytest.raises(ValueError, match="non-empty texts"):
        vault.keys_for(wrong, kind="cpr", valid_from=DAY)

    assert vault.count() == 0


def test_ids_come_back_for_their_keys(vault):
    (key,) = keys(vault, "0101500017")

    table = vault.ids_of([key])

    assert table.schema == IDS
    assert table.to_pylist() == [
        {
            "person": key,
            "kind": "cpr",
            "id": "0101500017",
            "valid_from": DAY,
            "valid_to": None,
        }
    ]
    assert vault.ids_of(pa.array([key + 1])).num_rows == 0


def test_key_survives_a_change_of_number(vault):
    (key,) = keys(vault, "old")

    assert vault.link("old", "new", kind="cpr", on=date(2021, 5, 1)) == key
    assert keys(vault, "new", "old") == [key, key]
    history = vault.ids_of([key]).to_pylist()
    assert [(row["id"], row["valid_to"]) for row in history] == [
        ("old", date(2021, 5, 1)),
        ("new", None),
    ]
    assert sorted(vault.aliases("cpr")["id"].to_pylist()) == ["new", "old"]


def test_persons_with_one_id_have_no_aliases(vault):
    keys(vault, "a", "b")

    assert vault.aliases("cpr").num_rows == 0


def test_link_from_an_unknown_id_is_refused(vault):
    with pytest.raises(NotFoundError):
        vault.link("nobody", "new", kind="cpr", on=DAY)


def test_a_key_that_only_opt_outs_hold_is_given_up_for_another(vault):
    (known,) = keys(vault, "old")
    (awaited,), lone = vault.keys_awaited(["new"], kind="cpr", valid_from=DAY)

    assert (awaited > known, lone) == (True, 1)
    # Whichever of the two numbers came first.
    assert vault.link("new", "old", kind="cpr", on=DAY) == known
    assert keys(vault, "new", "old") == [known, known]


def test_a_key_that_something_else_holds_is_not_given_up(vault):
    keys(vault, "old")
    (key,), _ = vault.keys_awaited(["new"], kind="cpr", valid_from=DAY)
    vault.keys_for(["new"], kind="cpr", valid_from=DAY, left_out={key})
    assert vault.keys_awaited(["new"], kind="cpr", valid_from=DAY) == ([key], 1)
    assert keys(vault, "new") == [key]
    assert vault.keys_awaited(["new"], kind="cpr", valid_from=DAY) == ([key], 0)

    with pytest.raises(InputError, match="another person key"):
        vault.link("old", "new", kind="cpr", on=DAY)


def test_link_to_another_person_is_refused_and_names_no_id(vault):
    before = keys(vault, "0101500017", "0202600028")

    with pytest.raises(InputError) as refusal:
        vault.link("0101500017", "0202600028", kind="cpr", on=DAY)

    assert "0101500017" not in str(refusal.value)
    assert keys(vault, "0101500017", "0202600028") == before
    assert vault.ids_of(before)["valid_to"].null_count == 2


def test_file_is_private_and_holds_no_id_in_clear(vault):
    keys(vault, "0101500017")

    files = list(vault.path.parent.iterdir())
    assert vault.path.stat().st_mode & 0o777 == 0o600
    assert vault.path.parent.stat().st_mode & 0o777 == 0o700
    assert files
    assert not any(b"0101500017" in file.read_bytes() for file in files)


def test_another_key_does_not_open_the_vault(vault):
    keys(vault, "a")

    with pytest.raises(IntegrityError, match="another root key"):
        Vault(vault.path, bytes(32))


def test_vault_of_an_installation_lies_in_its_identity_folder(settings):
    key = keys(Vault.of(settings), "a")

    assert (settings.identity / "vault.db").is_file()
    assert keys(Vault.of(settings), "a") == key


def test_new_keys_wait_for_whoever_is_giving_keys(vault):
    with (
        ThreadPoolExecutor(1) as pool,
        VaultFile(vault.path).transaction() as connection,
    ):
        waiting = pool.submit(keys, vault, "a")
        time.sleep(0.3)
        assert not waiting.done()
        connection.execute(
            "INSERT INTO person_id VALUES ('cpr', x'00', 1, '2020-01-01', NULL)"
        )
        connection.execute("COMMIT")
        assert waiting.result() == [2]
        connection.execute("BEGIN")


def _give(path: Path, start: int) -> dict[str, int]:
    ids = [str(number) for number in range(start, start + 300)]
    return dict(zip(ids, keys(Vault(path, KEY), *ids), strict=True))


def test_processes_that_ask_at_once_agree_also_on_a_new_vault(tmp_path):
    path = tmp_path / "identity" / "vault.db"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        answers = pool.starmap(_give, [(path, start) for start in (0, 150, 300)])

    merged = answers[0] | answers[1] | answers[2]
    assert all(merged[each] == key for some in answers for each, key in some.items())
    assert sorted(merged.values()) == list(range(1, 601))
