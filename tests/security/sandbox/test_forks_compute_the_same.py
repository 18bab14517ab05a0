"""What a forked kernel shows and writes is what a cold one does, to the byte.

The kinds of analyses beyond the first are for ``make check-forks``.
"""

import json
import os
import re

import pytest

from enclave.settings import Settings
from tests.builders.forked import needs_root, run
from tests.conftest import KERNELS


pytestmark = [pytest.mark.sandbox, needs_root]

SHOWN_AND_WRITTEN = (
    (
        "import warnings, atexit\nimport numpy as np\nimport pandas as pd\n"
        "import statsmodels.formula.api as smf\nimport matplotlib.pyplot as plt"
    ),
    (
        "rng = np.random.default_rng(7)\n"
        "df = pd.DataFrame({'x': rng.normal(size=500), 'g': rng.integers(0, 4, 500)})\n"
        "df['y'] = 2 * df.x + df.g + rng.normal(size=500)\ndf.describe()"
    ),
    "fit = smf.ols('y ~ x + C(g)', df).fit()\nfit.summary().tables[1]",
    "fig, ax = plt.subplots()\nax.scatter(df.x, df.y)\nax.set_title('Æ')\nplt.show()",
    "warnings.warn('shown')\nwarnings.warn('once more', DeprecationWarning)",
    "np.log(np.array([-1.0, 0.0]))",
    "raise ValueError('meant')",
    "fig.savefig('figure.png'); df.to_parquet('table.parquet'); df.to_csv('table.csv')",
    "left_open = open('open.txt', 'w')\nleft_open.write('nobody closes it')",
    "atexit.register(lambda: open('end.txt', 'w').write('at the end'))",
    "import sys\nprint('to stderr', file=sys.stderr)\n!echo from a shell",
    "pd.Series([1.5, None], name='å')",
)

KINDS = {
    "shown and written": SHOWN_AND_WRITTEN,
    "survival": (
        (
            "from lifelines import CoxPHFitter, KaplanMeierFitter\n"
            "from lifelines.datasets import load_rossi\ndf = load_rossi()"
        ),
        "fit = CoxPHFitter().fit(df, 'week', 'arrest')\nfit.summary",
        "KaplanMeierFitter().fit(df.week, df.arrest).plot_survival_function()",
    ),
    "learning": (
        (
            "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\n"
            "from sklearn.linear_model import LogisticRegression\n"
            "from sklearn.model_selection import cross_val_score"
        ),
        "X = np.random.default_rng(1).normal(size=(300, 5))\ny = X[:, 0] > 0",
        "print(cross_val_score(LogisticRegression(), X, y))",
        "RandomForestClassifier(random_state=3).fit(X, y).feature_importances_",
    ),
    "polars and duckdb": (
        (
            "import polars as pl, duckdb\ndf = pl.DataFrame({'g': [1, 2] * 500, 'v':"
            " range(1000)})\ndf.group_by('g').agg(pl.col('v').mean()).sort('g')"
        ),
        "duckdb.sql('select g, sum(v) from df group by g order by g').fetchall()",
        "df.lazy().filter(pl.col('v') > 10).collect().describe()",
    ),
    "many processes and threads": (
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "from joblib import Parallel,"
            " delayed\nprint(sum(ThreadPoolExecutor(4).map(abs, range(-9, 9))))"
        ),
        "print(Parallel(n_jobs=2)(delayed(abs)(n) for n in range(-4, 4)))",
        (
            "import multiprocessing\nwith multiprocessing.Pool(2) as pool:\n"
            "    print(pool.map(abs, range(-4, 4)))"
        ),
    ),
    "mixed models": (
        (
            "import numpy as np, pandas as pd, statsmodels.api as sm\n"
            "import statsmodels.formula.api as smf\nnp.random.seed(5)"
        ),
        (
            "df = pd.DataFrame({'c': np.repeat(range(30), 10),"
            " 'x': np.random.randn(300)})\ndf['y'] = df.x + np.random.randn(300)"
        ),
        "print(smf.mixedlm('y ~ x', df, groups=df.c).fit().params)",
        "print(sm.GEE.from_formula('y ~ x', 'c', df).fit().params)",
        "print(sm.tsa.ARIMA(df.y, order=(1, 0, 0)).fit().params)",
    ),
    "charts": (
        "import plotly.express as px\npx.bar(x=[1, 2], y=[3, 4])",
        "import ipywidgets\nipywidgets.IntSlider(value=3).get_state()['value']",
        "%config InlineBackend.figure_formats = ['svg']",
        "import matplotlib.pyplot as plt",
        "plt.rcParams['svg.hashsalt'] = 'one'",
        "plt.plot([1, 2], [3, 4]); plt.show()",
    ),
}
_SLOW = "Matplotlib is building the font cache"

CHOSEN = [*KINDS] if os.environ.get("ENCLAVE_FORK_KINDS") else [*KINDS][:1]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings.at(tmp_path_factory.mktemp("same") / "h", kernels=str(KERNELS))


@pytest.mark.parametrize("kind", CHOSEN)
def test_a_fork_computes_what_a_cold_start_does(settings, warm, tmp_path, kind):
    shown, written = {}, {}
    for start, given in {"cold": None, "forked": warm}.items():
        work = tmp_path / start / "work"
        work.mkdir(parents=True)
        record, outputs = run(settings, work.parent, given, *KINDS[kind], work=work)
        assert (record.completed, record.start) == (True, start)
        shown[start] = [_plain(output) for output in outputs]
        written[start] = {path.name: path.read_bytes() for path in work.iterdir()}
    for forked, cold in zip(shown["forked"], shown["cold"], strict=True):
        assert forked == cold
    assert written["forked"] == written["cold"]


def _plain(outputs: list) -> str:
    """Leave out what differs between any two runs: addresses and random names.

    And what Matplotlib says where it takes long to look for fonts: a machine at work.
    """
    kept = [each for each in outputs if _SLOW not in "".join(each.get("text", []))]
    text = json.dumps(kept, indent=1, sort_keys=True)
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+|[0-9a-f]{32}|[0-9a-f-]{36}", "N", text)
