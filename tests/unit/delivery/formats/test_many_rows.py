"""Tables of many rows: complete in every format, and in little memory.

`make test-formats` does it with ten million rows.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pyreadstat


ROWS = int(os.environ.get("ENCLAVE_FORMAT_ROWS", "300000"))
ROOT = Path(__file__).parents[4]
# What Python, Arrow and DuckDB need before the first row, and one chunk of each format.
MOST_MIB = 500

WRITE = r"""
import re, sys
from pathlib import Path
from enclave.delivery.formats.csv_text import write_csv
from enclave.delivery.formats.layout import layout_of
from enclave.delivery.formats.names import names_for
from enclave.delivery.formats.stata import write_stata
from enclave.delivery.formats.xpt import write_xpt

folder = Path(sys.argv[1])
columns = [{"name": name, "label": {"en": name}} for name in ("pseudonym", "date", "code", "value", "id")]
made = layout_of(folder / "lab.parquet", {"name": "lab", "label": {"en": "lab"}, "columns": columns})
names = names_for([made], 32)["lab"]
write_csv(made, folder / "lab.csv")
write_xpt(made, folder / "lab.xpt", 8, names)
write_stata(made, folder / "lab.dta", names)
# Not rusage: what started this process counts in it.
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""  # noqa: E501


def test_all_rows_arrive_and_memory_does_not_grow_with_them(tmp_path):
    path = tmp_path / "lab.parquet"
    duckdb.connect().sql(f"FROM range({ROWS})").project(
        "printf('%026d', range // 25) AS pseudonym,"
        " DATE '1950-01-01' + (hash(range, 1) % 20000)::INTEGER AS date,"
        " 'NPUæ' || (hash(range, 2) % 60) AS code,"
        " (hash(range, 3) % 100000) / 7 AS value,"
        " 9007199254740992 - (hash(range, 4) % 1000)::BIGINT AS id"
    ).to_parquet(str(path))

    said = subprocess.run(
        [sys.executable, "-c", WRITE, tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )

    assert int(said.stdout) < MOST_MIB
    connection = duckdb.connect()
    text = connection.read_csv(
        str(tmp_path / "lab.csv"), dtype={"pseudonym": "VARCHAR"}
    )
    same = [
        rows.aggregate("count(*), bit_xor(hash(pseudonym, date, code, value, id))")
        for rows in (connection.read_parquet(str(path)), text)
    ]
    same = [rows.fetchall()[0] for rows in same]
    assert same[0] == same[1]
    assert same[0][0] == ROWS
    expected = {
        name: pq.read_table(path, columns=[name])[name] for name in ("value", "id")
    }
    for read, file in (
        (pyreadstat.read_xport, "lab.xpt"),
        (pyreadstat.read_dta, "lab.dta"),
    ):
        frame, _ = read(str(tmp_path / file), usecols=["value", "id"])
        for name, values in expected.items():
            assert np.array_equal(frame[name].to_numpy(), values.to_numpy())
