"""A delivery takes as much memory as it may, however many rows it has."""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq


SCRIPT = Path(__file__).with_name("large_delivery.py")
ROOT = Path(__file__).parents[3]
ROWS = 5_000_000


def test_five_million_rows_within_400_megabytes(tmp_path):
    """As text the rows are more than twice that: they are sorted on disk."""
    done = subprocess.run(
        [sys.executable, "-m", _module(), tmp_path, str(ROWS), "400MB"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    before, peak, spilled = map(int, done.stdout.split())
    assert pq.read_metadata(tmp_path / "lab.parquet").num_rows == ROWS
    assert spilled > 100
    # Two runs come on top of what the engine may have, one as it came and as it is put
    # together, however many there are.
    assert peak - before < 400 + 500


def _module() -> str:
    return ".".join(SCRIPT.relative_to(ROOT).with_suffix("").parts)
