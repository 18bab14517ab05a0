"""What others published comes out, in R and in Python, archived and executed again."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun import REPORT, folder_of
from tests.builders import published


# Kaplan-Meier estimates were published in whole per cent, coefficients as given here.
PUBLISHED = {
    # N Engl J Med 1991;324:509
    ("cgd", "patients placebo"): "65",
    ("cgd", "patients rIFN-g"): "63",
    ("cgd", "with infection placebo"): "30",
    ("cgd", "with infection rIFN-g"): "14",
    ("cgd", "infections placebo"): "56",
    ("cgd", "infections rIFN-g"): "20",
    ("cgd", "free at 12 months placebo"): "0.30",
    ("cgd", "free at 12 months rIFN-g"): "0.77",
    # The kidney and pbc data of the R package survival
    ("kidney", "age"): "0.00318",
    ("kidney", "sex"): "-1.483",
    ("kidney", "diseaseGN"): "0.0880",
    ("kidney", "diseaseAN"): "0.351",
    ("kidney", "diseasePKD"): "-1.431",
    # Therneau & Grambsch
    ("pbc", "age"): "0.0396",
    ("pbc", "edema"): "0.8963",
    ("pbc", "log(bili)"): "0.8636",
    ("pbc", "log(protime)"): "2.3868",
    ("pbc", "log(albumin)"): "-2.5069",
    # N Engl J Med 2002;346:564
    ("mgus2", "persons"): "1384",
    ("mgus2", "progressions"): "115",
}


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    for name in ("cgd", "kidney", "mgus2", "pbc"):
        shutil.copyfile(
            shared_data / "survival" / f"{name}.csv", folder / f"{name}.csv"
        )
    for name in ("estimates.R", "again.py"):
        shutil.copyfile(Path(published.__file__).with_name(name), folder / name)
    (folder / "analysis.yaml").write_text(
        "steps: [estimates.R, again.py]\n"
        "keys: {estimates.csv: [data, term], again.csv: [data, term]}\n"
    )
    return folder


def _rounded(estimate: float, published: str) -> str:
    return f"{estimate:.{len(published.partition('.')[2])}f}"


def test_the_published_estimates_come_out_archived_and_again(enclave, folder):
    analysis = enclave.submit(folder, title="Published estimates")
    certificate = enclave.rerun(analysis)

    rerun = folder_of(enclave.settings, analysis.id, 1)
    for files in (enclave.folder(analysis) / "files", rerun / "run" / "files"):
        table = pd.read_csv(files / "estimates.csv").set_index(["data", "term"])
        found = {
            each: _rounded(table.loc[each, "estimate"], text)
            for each, text in PUBLISHED.items()
        }
        assert found == PUBLISHED
        again = pd.read_csv(files / "again.csv").set_index(["data", "term"])
        apart = (table["estimate"] - again["estimate"]).dropna().abs()
        # R treats times as tied that differ by rounding, lifelines does not.
        assert len(apart) == 10
        assert apart.max() < 1e-4
    assert certificate.verdict is Verdict.IDENTICAL, (rerun / REPORT).read_text()
