"""Files that attack their reader, and readers that were taken over.

The first are files that somebody could send. The others take the place of the program
in the sandbox: whoever makes the real one run their code is where they are, with what
they have.
"""

import csv
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.airlock.conversion.room import LIMITS, convert
from tests.builders.taken_over import RAW, SMALL, STUCK, refused, taken_over


pytestmark = pytest.mark.sandbox


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "upload").write_bytes(RAW)
    return tmp_path


def test_a_program_that_behaves_is_believed(folder):
    header = taken_over(folder, "write(rows); say(**good)")

    assert header.names == ("a", "b")
    assert (folder / "upload.csv").read_bytes().endswith(b'"2",\n')
    assert {one.name for one in folder.iterdir()} == {"upload", "upload.csv"}


def test_an_answer_that_does_not_fit_is_refused(folder):
    with refused(folder, "does not fit together"):
        taken_over(folder, "write(rows); say(**{**good, 'rows': 3})")


WAYS = {
    "the network": "import socket; socket.create_connection(('127.0.0.1', PORT), 2)",
    "a name": "import socket; socket.getaddrinfo('example.org', 80)",
    "a password": "open('/etc/shadow').read()",
    "the machine's settings": "open('/etc/hostname').read()",
    "another project's data": "open(SECRET).read()",
    "another upload": "open(SECRET.replace('secret', 'upload')).read()",
    "what lies beside the file": "os.listdir(FOLDER)[0]",
    "to write to the file": "open('/upload/file', 'ab').write(b'x')",
    "to let others read the file": "os.chmod('/upload/file', 0o666)",
    "to put a file beside it": "open('/upload/other', 'w')",
    "to mount": "assert not os.system('mount -t proc proc /tmp 2>/dev/null')",
    "a capability": (
        "assert 'CapEff:\\t0000000000000000' not in open('/proc/self/status').read()"
    ),
    "the worker's processes": (
        "assert len([one for one in os.listdir('/proc') if one.isdigit()]) > 2"
    ),
    "the worker's environment": "os.environ['ENCLAVE_HOME']",
    "to become root": "os.setuid(0)",
}
# Each attempt becomes a row that says whether it failed, in a CSV that is believed.
ATTEMPTS = """
written = b'"way","held"\\n'
for way, code in WAYS.items():
    try:
        exec(code)
        held = "no"
    except Exception:
        held = "yes"
    written += f'"{way}","{held}"\\n'.encode()
write(written)
say(format="csv", names=["way", "held"], declared=["", ""], rows=len(WAYS))
"""


def test_who_takes_it_over_reaches_nothing(folder, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ENCLAVE_HOME", "/somewhere")
    other = tmp_path_factory.mktemp("other")
    other.chmod(0o755)
    for name in ("secret", "upload"):
        (other / name).write_text("of another project")
    with socket.create_server(("127.0.0.1", 0)) as server:
        known = {
            "PORT": server.getsockname()[1],
            "SECRET": str(other / "secret"),
            "FOLDER": str(folder),
            "WAYS": WAYS,
        }
        code = "".join(f"{name} = {value!r}\n" for name, value in known.items())
        taken_over(folder, code + ATTEMPTS)

    held = dict(csv.reader((folder / "upload.csv").read_text().splitlines()))
    assert held == {"way": "held", **dict.fromkeys(WAYS, "yes")}
    assert (folder / "upload").read_bytes() == RAW


def test_it_reads_the_file_that_it_is_given(folder):
    code = f"assert open(sys.argv[1], 'rb').read() == {RAW!r}; write(rows); say(**good)"

    assert taken_over(folder, code).rows == 2


def test_a_flood_of_words_is_read_and_not_kept(folder):
    with refused(folder, "does not fit together"):
        taken_over(folder, "print('x' * 5_000_000)")


def of_a_file(folder: Path, limits=SMALL):
    return convert(folder / "upload", folder / "upload.csv", limits=limits)


@pytest.mark.parametrize(
    ("told", "why"), [(0xFFFFFFF0, "more than is taken in"), (90, "damaged")]
)
def test_a_bomb_is_not_unpacked_whatever_it_says(folder, told, why):
    """A workbook of 64 MiB in 64 KiB, which claims 4 GiB, or next to nothing."""
    with zipfile.ZipFile(folder / "upload", "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", "<Types/>")
        target.writestr("xl/workbook.xml", bytes(64 << 20))
    content = (folder / "upload").read_bytes()
    true = (64 << 20).to_bytes(4, "little")
    assert content.count(true) == 2
    claimed = content.replace(true, told.to_bytes(4, "little"))
    (folder / "upload").write_bytes(claimed)

    with refused(folder, why):
        of_a_file(folder)


def test_absurd_claims_of_a_parquet_file_are_refused(folder):
    """A footer that promises 2^62 rows, at every place where the number stands."""
    rows = 7_777
    pq.write_table(
        pa.table({"a": pa.array(range(rows)), "b": pa.array(range(rows))}),
        folder / "upload",
    )
    content = (folder / "upload").read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    start = len(content) - 8 - length
    body, footer = content[:start], content[start:-8]
    assert footer.count(varint(2 * rows)) >= 2
    absurd = footer.replace(varint(2 * rows), varint(2 * (1 << 62)))
    end = len(absurd).to_bytes(4, "little") + b"PAR1"
    (folder / "upload").write_bytes(body + absurd + end)

    with refused(folder, "damaged|more than is taken in|memory"):
        of_a_file(folder)


def varint(number: int) -> bytes:
    """Write a number as Thrift does."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


class Pickled:
    def __reduce__(self):
        return os.system, ("touch /upload/../tmp/x",)


def test_a_pickle_is_not_woken_up(folder):
    import pickle  # noqa: PLC0415, TID251 - to write one

    content = pickle.dumps(Pickled())
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())], {"pandas": content})
    kind = {b"ARROW:extension:name": b"arrow.py_extension_type"}
    kind[b"ARROW:extension:metadata"] = content
    field = pa.field("a", pa.int64(), metadata=kind)
    table = pa.table([[1], [2]], schema=schema.set(0, field))
    pq.write_table(table, folder / "upload")

    # It is a table like any other, and what it wanted to run is no part of that.
    assert of_a_file(folder).declared == ("integer", "integer")
    (folder / "upload.csv").unlink()
    (folder / "upload").write_bytes(content)
    with refused(folder, "neither CSV"):
        of_a_file(folder)


WORKER = """
import sys
from pathlib import Path
from enclave.airlock.conversion.room import convert
convert(Path(sys.argv[1], "upload"), Path(sys.argv[1], "upload.csv"), program=PROGRAM)
"""


def stuck(folder: Path) -> "subprocess.Popen[bytes]":
    worker = subprocess.Popen(
        [sys.executable, "-c", f"PROGRAM = {STUCK!r}\n{WORKER}", str(folder)],
        stderr=subprocess.PIPE,
    )
    while not any(one.stat().st_size for one in folder.glob(".partial-*")):
        assert worker.poll() is None
        time.sleep(0.01)
    return worker


def test_a_worker_killed_in_the_middle_leaves_no_sandbox_and_can_be_followed(folder):
    with stuck(folder) as worker:
        (draft,) = folder.glob(".partial-*")
        assert holders(draft)
        worker.send_signal(signal.SIGKILL)
    while holders(draft):
        time.sleep(0.01)
    assert not (folder / "upload.csv").exists()

    assert of_a_file(folder, LIMITS).rows == 1
    assert {one.name for one in folder.iterdir()} == {"upload", "upload.csv"}


def test_a_program_that_is_killed_twice_is_refused(folder):
    """Once, it may have been the machine: so it begins anew."""
    with stuck(folder) as worker:
        (draft,) = folder.glob(".partial-*")
        first = holders(draft) - {worker.pid}
        kill(first)
        while not (second := holders(draft) - first - {worker.pid}):
            time.sleep(0.01)
        while not draft.stat().st_size:
            time.sleep(0.01)
        kill(second | holders(draft) - {worker.pid})
        said = worker.communicate()[1].decode()

    assert "with the memory and the time there is for it" in said
    assert [one.name for one in folder.iterdir()] == ["upload"]


def kill(processes: set[int]) -> None:
    for one in processes:
        with suppress(ProcessLookupError):  # each may have ended with another
            os.kill(one, signal.SIGKILL)


def holders(file: Path) -> set[int]:
    """Return the processes that have a file open."""
    about, found = file.stat(), set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            there = link.stat()
            if (there.st_dev, there.st_ino) == (about.st_dev, about.st_ino):
                found.add(int(link.parts[2]))
    return found
