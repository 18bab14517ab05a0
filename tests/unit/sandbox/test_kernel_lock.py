"""What a lock says, and the bill of materials that follows from it."""

import json
from collections import Counter

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from enclave.errors import HostError, IntegrityError, PolicyRefusal
from enclave.sandbox import kernel_release
from enclave.sandbox.kernel_bill import bill
from enclave.sandbox.kernel_lock import Lock
from enclave.sandbox.released_kernels import Release, releases


TEXT = """\
# Debian packages
libstdc++6==12.2.0-14 \\
    --hash=sha256:{a}

# Python packages
duckdb==2.0.0 \\
    --hash=sha256:{b} \\
    --hash=sha256:{c}
    # via -r requirements.in
Some_Thing==1.0 \\
    --hash=sha256:{d}
    # via
    #   duckdb
    #   other

# Library sha256: {e}
""".format(**{letter: letter * 64 for letter in "abcde"})


def test_a_lock_is_read_part_by_part():
    lock = Lock(TEXT)

    (library,) = lock.debian
    duckdb, thing = lock.python
    assert (library.name, library.version) == ("libstdc++6", "12.2.0-14")
    assert library.hashes == ("a" * 64,)
    assert duckdb.hashes == ("b" * 64, "c" * 64)
    assert duckdb.wanted_by == ()
    assert thing.wanted_by == ("duckdb", "other")
    assert lock.library == "e" * 64
    assert lock.versions() == {
        "libstdc++6": "12.2.0-14",
        "duckdb": "2.0.0",
        "some-thing": "1.0",
    }
    assert "libstdc" not in lock.python_text


def test_a_lock_of_python_packages_alone_is_all_theirs():
    lock = Lock("duckdb==2.0.0 \\\n    --hash=sha256:" + "b" * 64)

    assert lock.debian == ()
    assert lock.library is None
    assert lock.python_text == lock.text


def test_a_debian_package_without_a_hash_is_refused():
    with pytest.raises(IntegrityError, match="no hash for the Debian package bash"):
        _ = Lock("# Debian packages\nbash==5.2 \\\n# Python packages\n").debian


@pytest.fixture(params=releases(), ids=lambda release: release.name)
def released(request) -> Release:
    return request.param


def test_the_bill_is_the_locks_and_the_same_every_time(released):
    assert released.bill.read_bytes() == bill(released) == bill(released)


def test_the_bill_names_every_package_once_and_every_hash(released):
    document = json.loads(released.bill.read_bytes())

    packages = [*released.locked.debian, *released.locked.python]
    assert [part["name"] for part in document["components"]] == [
        package.name for package in packages
    ]
    addresses = Counter(part["bom-ref"] for part in document["components"])
    assert set(addresses.values()) == {1}
    text = released.bill.read_text()
    assert all(sha256 in text for package in packages for sha256 in package.hashes)
    known = {*addresses, f"kernel:{released.name}"}
    assert {entry["ref"] for entry in document["dependencies"]} == known
    assert known >= {
        on for entry in document["dependencies"] for on in entry["dependsOn"]
    }


def test_the_bill_is_one_by_the_rules_of_cyclonedx(released):
    document = released.bill.read_text()
    validator = JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(document) is None
    assert validator.validate_str(document.replace('"purl"', '"pearl"', 1))


def test_what_is_released_is_not_locked_again(released):
    with pytest.raises(PolicyRefusal, match="a released kernel never changes"):
        kernel_release.lock(released, ["uv"])


def test_a_lock_that_cannot_be_made_says_why(tmp_path):
    folder = tmp_path / "tiny-2027.01"
    folder.mkdir()
    (folder / "requirements.in").write_text("anything")
    (folder / "kernel.json").write_text('{"metadata": {"enclave": {"python": "3.11"}}}')

    with pytest.raises(HostError, match="could not resolve"):
        kernel_release.lock(Release(folder.name, folder), ["false"])

    assert not (folder / "requirements.lock").exists()
