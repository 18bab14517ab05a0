"""A codebook and a dataset that pass, to be broken in one way each.

good
    The codebook as a document, and the rows as lists of texts.
checked
    Writes them down, reads them back, and returns the findings by number.
"""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from enclave.returns.codebook import read_codebook
from enclave.returns.daims.checks import check
from enclave.returns.dataset import read_dataset


PATIENTS = 60


@pytest.fixture
def good():
    rng = np.random.default_rng(11)
    codebook = {
        "title": "Infections after transplantation",
        "missing": "NA",
        "outcome": "infection",
        "columns": [
            {"name": "patient", "label": "Patient", "kind": "id"},
            {
                "name": "transplant",
                "label": "Date of transplantation",
                "kind": "date",
                "first": "2010-01-01",
                "last": "2020-12-31",
            },
            {
                "name": "age",
                "label": "Age at transplantation",
                "kind": "number",
                "unit": "a",
                "minimum": 0,
                "maximum": 110,
            },
            {
                "name": "bmi",
                "label": "Body mass index",
                "kind": "number",
                "unit": "kg/m2",
                "minimum": 10,
                "maximum": 3000,
                "missing_means": "not measured at the first visit",
            },
            {
                "name": "organ",
                "label": "Transplanted organ",
                "kind": "category",
                "categories": {"1": "kidney", "2": "liver"},
                "code_system": "study",
            },
            {
                "name": "infection",
                "label": "Infection within a year",
                "kind": "category",
                "categories": {"0": "no", "1": "yes"},
                "code_system": "study",
            },
        ],
    }
    rows = [
        [
            f"P{number:03d}",
            str(date(2012, 1, 1) + timedelta(days=31 * number)),
            str(int(rng.integers(18, 80))),
            f"{rng.normal(26, 3):.1f}" if number % 9 else "NA",
            str(1 + number % 2),
            str(int(number % 3 == 0)),
        ]
        for number in range(PATIENTS)
    ]
    return codebook, rows


@pytest.fixture
def checked(tmp_path):
    def run(codebook, rows, header=None):
        (tmp_path / "codebook.json").write_text(json.dumps(codebook))
        names = header or [column["name"] for column in codebook["columns"]]
        lines = [",".join(f'"{cell}"' for cell in row) for row in [names, *rows]]
        (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        described = read_codebook(tmp_path / "codebook.json")
        result = check(read_dataset(tmp_path / "data.csv", described), described)
        return {finding.number: finding for finding in result.findings}

    return run
