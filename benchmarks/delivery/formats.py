"""A delivery in other formats beside DuckDB's CSV and pyreadstat, and its memory."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pyreadstat

from benchmarks.delivery import source
from benchmarks.delivery.parquet import NAIVE_ROWS, SELECTION, agree, delivery
from benchmarks.delivery.turns import Rounds, taking_turns
from enclave.canonical import file_digest
from enclave.delivery.formats.csv_text import write_csv
from enclave.delivery.formats.layout import layout_of
from enclave.delivery.formats.names import LONG, names_for
from enclave.delivery.formats.stata import write_stata
from enclave.delivery.formats.xpt import write_xpt


DESCRIBED = {
    "name": "lab",
    "label": {"en": "Laboratory results"},
    "columns": [
        {"name": name, "label": {"en": name}}
        for name in ("pseudonym", "date", "code", "value")
    ],
}


@dataclass(frozen=True)
class Formats:
    """Seconds to write delivered rows again; pyreadstat writes fewer.

    Attributes
    ----------
    whole_csv
        From the selection to the CSV file, with pseudonyms, order and hash.
    """

    rows: int
    csv: Rounds
    whole_csv: Rounds
    bare_csv: Rounds
    xpt: Rounds
    naive_xpt: Rounds
    dta: Rounds
    naive_dta: Rounds


def other_formats(folder: Path, rows: int, rounds: int) -> Formats:
    """Write rows for SAS, Stata and as CSV, and beside it as others do."""
    lab, persons = folder / "lab.parquet", source.cohort(rows)
    source.write(lab, rows)
    bare, engine = source.connected(lab, persons), source.delivering(lab)
    ours = folder / "ours.parquet"
    delivery(engine, persons, ours)
    layout = layout_of(ours, DESCRIBED)
    names = names_for([layout], LONG)["lab"]
    frame = pq.read_table(ours).slice(0, NAIVE_ROWS).to_pandas()
    naive = str(folder / "naive")

    def whole_csv() -> None:
        delivery(engine, persons, folder / "again.parquet", csv=True)

    def bare_csv() -> None:
        bare.execute(
            f"COPY (SELECT person, date, code, value {SELECTION})"
            f" TO '{folder}/bare.csv' (NULLSTR 'NA')"
        )

    times = taking_turns(
        rounds,
        lambda: write_csv(layout, folder / "ours.csv"),
        whole_csv,
        bare_csv,
        lambda: write_xpt(layout, folder / "ours.xpt", 8, names),
        partial(pyreadstat.write_xport, frame, f"{naive}.xpt", file_format_version=8),
        lambda: write_stata(layout, folder / "ours.dta", names),
        partial(pyreadstat.write_dta, frame, f"{naive}.dta"),
    )
    read, _ = pyreadstat.read_xport(str(folder / "ours.xpt"), row_limit=NAIVE_ROWS)
    agree(file_digest(folder / "again.csv"), file_digest(folder / "ours.csv"))
    agree(read["value"].to_numpy().tobytes(), frame["value"].to_numpy().tobytes())
    agree(read["pseudonym"].tolist(), frame["pseudonym"].tolist())
    return Formats(layout.rows, *times)


def memory(rows: int) -> int:
    """Deliver in a process of its own, in three formats; return its peak in MiB."""
    with tempfile.TemporaryDirectory(prefix="bench-delivery-") as folder:
        source.write(Path(folder) / "lab.parquet", rows)
        said = subprocess.run(
            [sys.executable, "-m", __name__, folder, str(rows)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return int(said)


def _deliver_once(folder: Path, rows: int) -> None:
    ours = folder / "ours.parquet"
    engine, persons = source.delivering(folder / "lab.parquet"), source.cohort(rows)
    delivery(engine, persons, ours, csv=True)
    layout = layout_of(ours, DESCRIBED)
    write_xpt(layout, folder / "lab.xpt", 8, names_for([layout], LONG)["lab"])


def _peak() -> int:
    """Return the process's own peak in MiB; ``ru_maxrss`` would be its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) >> 10


if __name__ == "__main__":
    _deliver_once(Path(sys.argv[1]), int(sys.argv[2]))
    print(_peak())
