"""A folder of notebooks and scripts: run in order, archived, run again, compared."""

import json
from pathlib import Path

import pytest

from enclave.archive import layout
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun import PAGE, REPORT, folder_of
from enclave.errors import InputError
from tests.integration.archive.conftest import KERNEL, code


CLEAN = """\
import pandas as pd, rates
lab = pd.read_parquet("/project/data/lab.parquet")
lab = lab[lab["value"] >= minimum]
lab.to_csv("cleaned.csv", index=False)
print(len(lab), "results, rate", rates.rate(len(lab), 100))"""
ON_PURPOSE = 'open("/project/data/not_there.csv")'

MODEL = """\
# %% tags=["parameters"]
minimum <- 0
seed <- 1
# %%
lab <- read.csv("cleaned.csv")
set.seed(seed)
drawn <- sample(lab$value, replace = TRUE)
estimates <- data.frame(term = "mean", estimate = mean(drawn))
write.csv(estimates, "estimates.csv", row.names = FALSE)
print(summary(lab$value))
# %%
png("figure.png"); hist(lab$value); invisible(dev.off())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "survival"
    folder.mkdir()
    document = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": {"name": KERNEL, "display_name": KERNEL}},
        "cells": [
            code("minimum = 0", "parameters"),
            code(CLEAN),
            code(ON_PURPOSE, "raises-exception"),
        ],
    }
    (folder / "clean.ipynb").write_text(json.dumps(document))
    (folder / "model.R").write_text(MODEL)
    (folder / "rates.py").write_text("def rate(n, of):\n    return n / of\n")
    (folder / "analysis.yaml").write_text(
        "steps: [clean.ipynb, model.R]\n"
        "parameters: {minimum: 3}\n"
        "sweep: {seed: [1, 2]}\n"
    )
    return folder


def test_a_chain_in_two_languages_is_swept_archived_and_comes_out_again(
    enclave, folder
):
    analysis = enclave.submit(folder, title="Survival")

    kept = enclave.folder(analysis)
    for run in ("0001", "0002"):
        for name in ("clean.ipynb", "model.R.ipynb"):
            assert (kept / "executed" / run / name).exists()
        written = {path.name for path in (kept / "files" / run).iterdir()}
        assert written == {"cleaned.csv", "estimates.csv", "figure.png"}
    estimates = [
        (kept / "files" / run / "estimates.csv").read_text() for run in ("0001", "0002")
    ]
    assert estimates[0] != estimates[1], "each run has a seed of its own"
    assert (kept / "kernel" / "r-2026.12" / "requirements.lock").exists()
    published = {path.name for path in (kept / "publishable").iterdir()}
    assert published == {"step-1.ipynb", "step-2.R", "rates.py"}
    randomness = json.loads((kept / layout.RANDOMNESS).read_text())
    assert randomness["seeds"][0]["step"] == "model.R"
    crate = json.loads((kept / layout.CRATE).read_text())
    described = {entity["@id"] for entity in crate["@graph"]}
    assert "files/0001/figure.png" in described

    certificate = enclave.rerun(analysis)

    report = folder_of(enclave.settings, analysis.id, 1)
    assert certificate.verdict is Verdict.IDENTICAL, (report / REPORT).read_text()
    assert certificate.outputs["identical"] == 12
    assert "Alle resultater er ens" in (report / PAGE).read_text()


def test_the_step_that_fails_is_named(enclave, folder):
    (folder / "model.R").write_text("# %%\nx <- 1\n# %%\nstop('010190-1234')\n")
    (folder / "analysis.yaml").write_text("steps: [clean.ipynb, model.R]\n")

    with pytest.raises(InputError, match=r"model\.R: cell 2 failed \(error") as no:
        enclave.submit(folder)

    assert "010190" not in str(no.value)
    assert enclave.archived() == []
