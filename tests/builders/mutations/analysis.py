"""An analysis as people write it, its data, and the mutations of both.

Its source reads what a mutation changes from the folder of its data, so that one source
gives several results, as a re-run with something changed would.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from enclave.archive.comparison.verdict import Verdict


CELLS = (
    # 1: noise of every kind that a run cannot help
    """\
import datetime, json, sys, tempfile
from pathlib import Path
DATA = Path(CHOSEN if "CHOSEN" in globals() else "/project/data")
sys.path.insert(0, str(DATA))
chosen = json.loads((DATA / "chosen.json").read_text())
import numpy as np, pandas as pd, ratelib
print("run at", datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
print(object(), tempfile.mkdtemp())
print("ratelib", ratelib.__version__)""",
    # 2: text
    """\
lab = pd.read_csv(DATA / "lab.csv")
print(len(lab), "results of", lab["person"].nunique(), "persons")
print(lab.head(3).to_string())""",
    # 3: a table
    """\
lab.groupby("code")["value"].agg(["count", "mean", "std"]).round(chosen["digits"])""",
    # 4: chance
    """\
generator = np.random.default_rng(chosen["seed"])
means = [generator.choice(lab["value"], len(lab)).mean() for _ in range(200)]
print("95 % interval", np.quantile(means, [0.025, 0.975]))""",
    # 5: a package of its own
    """\
print(f"rate {ratelib.rate(lab['value']):.10f}")""",
    # 6: a picture
    """\
import matplotlib; matplotlib.use("Agg")
from matplotlib.figure import Figure
from matplotlib.backends.backend_agg import FigureCanvasAgg
import io
from IPython.display import Image, display
figure = Figure(figsize=(4, 3)); axes = figure.subplots()
axes.hist(lab["value"], bins=12, color=chosen["colour"])
file = io.BytesIO(); FigureCanvasAgg(figure).print_png(file)
display(Image(file.getvalue()))""",
    # 7: files
    """\
lab.to_csv("cleaned.csv", index=False)
lab.groupby("code")["value"].mean().reset_index().to_parquet("means.parquet")
_ = Path("figure.png").write_bytes(file.getvalue())""",
)

_PACKAGE = """\
__version__ = "{version}"
import sys
def rate(values):
    {warning}
    return float(sum(values) / len(values)){plus}
"""

SAME, EQUAL, DRIFT, DIFFERS = list(Verdict)[:4]


@dataclass(frozen=True)
class Variant:
    """The analysis with something changed, and what a comparison must find.

    Attributes
    ----------
    expected
        Verdict by what is not identical: the number of a cell, or the name of a file.
    software
        Version of the package as it is on record.
    """

    chosen: dict[str, Any] = field(
        default_factory=lambda: {"seed": 42, "digits": 4, "colour": "#1f77b4"}
    )
    cells: tuple[str, ...] = CELLS
    change: Any = None
    package: dict[str, str] = field(
        default_factory=lambda: {"version": "1.4.2", "warning": "pass", "plus": ""}
    )
    recorded: str = "1.4.2"
    data: str = "snapshot 1"
    expected: dict[int | str, Verdict] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the data that the analysis reads."""
        folder.mkdir(parents=True)
        lab = _lab()
        if self.change is not None:
            lab = self.change(lab)
        lab.to_csv(folder / "lab.csv", index=False)
        (folder / "chosen.json").write_text(json.dumps(self.chosen))
        (folder / "ratelib.py").write_text(_PACKAGE.format(**self.package))
        return folder


def _lab() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    codes = ["NPU19748", "NPU02319", "NPU03429"]
    return pd.DataFrame(
        {
            "result": [f"R{n:04d}" for n in range(300)],
            "person": generator.integers(1, 60, 300),
            "code": generator.choice(codes, 300),
            "value": generator.gamma(2.0, 5.0, 300).round(3),
        }
    )


def _one_value(lab: pd.DataFrame) -> pd.DataFrame:
    lab.loc[200, "value"] += 5
    return lab


def _one_row_less(lab: pd.DataFrame) -> pd.DataFrame:
    return lab.drop(index=200)


def _reordered(lab: pd.DataFrame) -> pd.DataFrame:
    return lab.iloc[::-1]


BASE = Variant()
_NEW = {"version": "1.5.0", "warning": "print('FutureWarning: x', file=sys.stderr)"}

VARIANTS = {
    "changed data row": replace(
        BASE,
        change=_one_value,
        expected={
            **dict.fromkeys((3, 4, 5, 6), DIFFERS),
            **dict.fromkeys(("cleaned.csv", "means.parquet", "figure.png"), DIFFERS),
        },
    ),
    "changed data row, on record": replace(
        BASE,
        change=_one_value,
        data="snapshot 2",
        expected={
            **dict.fromkeys((3, 4, 5, 6), DRIFT),
            **dict.fromkeys(("cleaned.csv", "means.parquet", "figure.png"), DRIFT),
        },
    ),
    "missing data row": replace(
        BASE,
        change=_one_row_less,
        expected={
            **dict.fromkeys((2, 3, 4, 5, 6), DIFFERS),
            **dict.fromkeys(("cleaned.csv", "means.parquet", "figure.png"), DIFFERS),
        },
    ),
    "changed seed": replace(
        BASE, chosen={**BASE.chosen, "seed": 43}, expected={4: DIFFERS}
    ),
    "changed package, same numbers": replace(
        BASE,
        package={**_NEW, "plus": ""},
        recorded="1.5.0",
        expected={1: DRIFT, 5: DRIFT},
    ),
    "changed package, last digits": replace(
        BASE,
        package={**_NEW, "plus": " * (1 + 1e-8)"},
        recorded="1.5.0",
        expected={1: DRIFT, 5: DRIFT},
    ),
    "changed package, other numbers": replace(
        BASE,
        package={**_NEW, "plus": " * 1.001"},
        recorded="1.5.0",
        expected={1: DRIFT, 5: DIFFERS},
    ),
    "changed package, not on record": replace(
        BASE,
        package={**_NEW, "plus": " * (1 + 1e-8)"},
        expected={1: DIFFERS, 5: DIFFERS},
    ),
    "reordered rows": replace(
        BASE,
        change=_reordered,
        # The bootstrap draws by place; the mean of a shuffled column may round anew.
        expected={2: DIFFERS, 4: DIFFERS, "cleaned.csv": DRIFT},
    ),
    "changed figure colour, as no eye sees": replace(
        BASE, chosen={**BASE.chosen, "colour": "#1f77b6"}
    ),
    "changed figure colour": replace(
        BASE,
        chosen={**BASE.chosen, "colour": "#d62728"},
        expected={6: DIFFERS, "figure.png": DIFFERS},
    ),
    "changed rounding": replace(
        BASE, chosen={**BASE.chosen, "digits": 2}, expected={3: DIFFERS}
    ),
    "removed cell": replace(
        BASE, cells=(*CELLS[:3], *CELLS[4:]), expected={4: DIFFERS}
    ),
    "changed cell": replace(
        BASE,
        cells=(*CELLS[:4], CELLS[4].replace("rate ", "Rate "), *CELLS[5:]),
        expected={5: DIFFERS},
    ),
    "file not written": replace(
        BASE,
        cells=(*CELLS[:6], CELLS[6].rpartition("\n")[0]),
        expected={7: DIFFERS, "figure.png": DIFFERS},
    ),
}
