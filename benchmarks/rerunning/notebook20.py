"""The notebook that is measured: 20 cells of pandas, statsmodels and one figure."""

import json
from pathlib import Path

from enclave.sandbox.released_kernels import DEFAULT


CELLS = (
    "import numpy as np",
    "import pandas as pd",
    "import statsmodels.api as sm",
    "import statsmodels.formula.api as smf",
    "import matplotlib.pyplot as plt",
    "n = 20_000\nrng = np.random.default_rng(1)",
    (
        "df = pd.DataFrame({'age': rng.normal(60, 12, n), 'sex': rng.integers(0, 2, n),"
        " 'bmi': rng.normal(27, 4, n), 'site': rng.integers(0, 8, n)})"
    ),
    (
        "risk = -6 + .06 * df.age + .3 * df.sex + .05 * df.bmi\n"
        "df['y'] = (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int)"
    ),
    "df.describe()",
    "df.groupby('site').y.agg(['mean', 'count'])",
    (
        "df['band'] = pd.cut(df.age, [0, 40, 50, 60, 70, 80, 120])\n"
        "df.pivot_table(index='band', columns='sex', values='y', observed=False)"
    ),
    "logit = smf.logit('y ~ age + sex + bmi', df).fit(disp=0)\nlogit.params",
    "ols = smf.ols('bmi ~ age + sex + C(site)', df).fit()\nprint(ols.rsquared)",
    "np.exp(logit.params)",
    (
        "glm = sm.GLM(df.y, sm.add_constant(df[['age', 'sex', 'bmi']]),"
        " family=sm.families.Binomial()).fit()\nprint(glm.deviance)"
    ),
    "fig, ax = plt.subplots()\nax.hist(df.age, bins=40)\nplt.show()",
    "df.corr(numeric_only=True).round(3)",
    (
        "boot = [df.sample(2_000, random_state=i).y.mean() for i in range(50)]\n"
        "print(np.std(boot))"
    ),
    "df.nlargest(5, 'age')",
    "print(round(float(logit.params.age), 4))",
)


def write(path: Path) -> Path:
    """Write it; return where."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(CELLS)
    ]
    spec = {"name": DEFAULT, "display_name": DEFAULT, "language": "python"}
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec},
        "cells": cells,
    }
    path.write_text(json.dumps(document))
    return path
