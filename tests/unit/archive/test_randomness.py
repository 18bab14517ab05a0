"""Where an analysis draws random numbers, with and without a seed."""

import pytest

from enclave.archive.randomness import Randomness, randomness


def calls(found):
    return [(each.cell, each.call) for each in found]


def read(build, *cells, language="python"):
    return randomness(build.notebook(*map(build.code, cells)), language)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.normal(size=3)",
        "import numpy\nnumpy.random.rand(3)",
        "from numpy import random\nrandom.permutation(9)",
        "import numpy as np\nrng = np.random.default_rng()",
        "from numpy.random import default_rng\nrng = default_rng(None)",
        "import numpy as np\nnp.random.RandomState()",
        "import random\nrandom.shuffle(rows)",
        "from random import choice\nchoice(rows)",
        "frame.sample(frac=0.5)",
        "frame[frame.age > 5].sample(3)",
        "from sklearn.ensemble import RandomForestClassifier\nRandomForestClassifier()",
        "from sklearn.model_selection import train_test_split as split\nsplit(x, y)",
        "from sklearn.cluster import KMeans\nKMeans(3, random_state=None)",
        "import numpy as np\nnp.random.seed()\n",
    ],
)
def test_a_draw_without_a_seed_is_found(build, source):
    found = read(build, source)

    assert len(found.without_seed) == 1
    assert found.seeds == ()


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.seed(1)\nnp.random.normal(size=3)",
        "import numpy as np\nrng = np.random.default_rng(7)\nrng.normal(size=3)",
        "import numpy as np\nrng = np.random.default_rng(seed=SEED)",
        "import random\nrandom.seed(4)\nrandom.shuffle(rows)",
        "frame.sample(frac=0.5, random_state=3)",
        "import numpy as np\nnp.random.seed(1)\nframe.sample(3)",
        "from sklearn.ensemble import BaggingClassifier as B\nB(random_state=0)",
    ],
)
def test_a_seeded_draw_is_right(build, source):
    found = read(build, source)

    assert found.without_seed == ()
    assert len(found.seeds) == 1


def test_a_seed_that_comes_too_late_does_not_count(build):
    found = read(
        build,
        "import numpy as np\nfirst = np.random.rand()",
        "np.random.seed(1)\nsecond = np.random.rand()",
    )

    assert calls(found.without_seed) == [(1, "numpy.random.rand")]
    assert calls(found.seeds) == [(2, "numpy.random.seed")]


def test_names_and_magics_go_on_from_cell_to_cell(build):
    found = read(build, "%matplotlib inline\nimport numpy as np", "np.random.rand()")

    assert calls(found.without_seed) == [(2, "numpy.random.rand")]
    assert found.not_read == ()


def test_what_draws_nothing_is_left_alone(build):
    assert read(build, "import pandas as pd\npd.read_csv('x').mean()") == Randomness()


def test_what_cannot_be_parsed_is_said(build):
    assert read(build, "this is no python", "1 + 1").not_read == (1,)


def test_r_is_read_too(build):
    found = read(build, "x <- rnorm(3) # set.seed(1)", language="R")
    seeded = read(build, "set.seed(1)", "x <- rnorm(3)", language="R")

    assert calls(found.without_seed) == [(1, "rnorm")]
    assert calls(seeded.seeds) == [(1, "set.seed")]
    assert seeded.without_seed == ()


def test_of_another_language_nothing_is_claimed(build):
    assert read(build, "data a; run;", language="sas").not_read == (1,)
