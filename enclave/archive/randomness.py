"""Where an analysis draws random numbers, and where it says from which seed.

Read from the source alone, before anything runs: a number that changes with each run
is the most common reason why an analysis does not come out again, and the author can
still mend it. What is called by another name than its own is not seen; this is advice
and a record, not a promise.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from enclave.archive.analysis.analysis import Analysis
from enclave.archive.notebook import Notebook
from enclave.sandbox.released_kernels import release


# Generators that a whole program shares, and what seeds them.
_SHARED = {"numpy.random": "numpy.random.seed", "random": "random.seed"}
# Generators of one's own: seeded by their first argument.
_OWN = frozenset(
    {"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"}
    | {"numpy.random.SeedSequence", "numpy.random.PCG64", "numpy.random.MT19937"}
    | {"numpy.random.Philox", "numpy.random.SFC64"}
)
_NO_DRAW = frozenset({"seed", "get_state", "set_state", "getstate", "setstate"})
# Of these libraries, what draws takes a keyword; without it NumPy's shared generator.
_KEYWORDS = frozenset({"random_state", "seed"})
_TAKES_KEYWORD = re.compile(
    r"(^|\.)(sample|train_test_split|resample|shuffle|permutation_importance"
    r"|permutation_test_score|(Randomized\w*|\w*ShuffleSplit|RandomForest\w*)"
    r"|(ExtraTrees?\w*|GradientBoosting\w*|HistGradientBoosting\w*|Bagging\w*)"
    r"|(KMeans|MiniBatchKMeans|MLP\w*|SGD\w*|TSNE|GaussianMixture|IterativeImputer))$"
)

_R_SEED = re.compile(r"\bset\.seed\s*\(")
_R_DRAW = re.compile(
    r"\b(rnorm|runif|rbinom|rpois|rexp|rgamma|rbeta|rweibull|rt|rmultinom|sample)\s*\("
)


class Call(BaseModel):
    """One call, and the number of its cell, counted from 1.

    ``step`` is empty where the analysis is one notebook.
    """

    model_config = ConfigDict(frozen=True)

    step: str = ""
    cell: int
    call: str


class Randomness(BaseModel):
    """What the source says of its random numbers.

    ``not_read`` are the code cells that could not be parsed.
    """

    model_config = ConfigDict(frozen=True)

    seeds: tuple[Call, ...] = ()
    without_seed: tuple[Call, ...] = ()
    not_read: tuple[int | str, ...] = ()

    def of_step(self, name: str) -> "Randomness":
        """Return the same, said of a step of a longer analysis."""

        def named(calls: tuple[Call, ...]) -> tuple[Call, ...]:
            return tuple(one.model_copy(update={"step": name}) for one in calls)

        return Randomness(
            seeds=named(self.seeds),
            without_seed=named(self.without_seed),
            not_read=tuple(f"{name}: {cell}" for cell in self.not_read),
        )

    def __add__(self, other: "Randomness") -> "Randomness":
        """Return what two steps say together."""
        return Randomness(
            seeds=self.seeds + other.seeds,
            without_seed=self.without_seed + other.without_seed,
            not_read=self.not_read + other.not_read,
        )


def randomness_of(analysis: Analysis) -> Randomness:
    """Read all steps of an analysis."""
    found = []
    for step in analysis.plan.steps:
        language = str(release(step.kernel).specification["language"])
        read = randomness(analysis.notebook(step), language)
        found.append(read if analysis.plan.alone else read.of_step(step.name))
    return sum(found, Randomness())


def randomness(notebook: Notebook, language: str) -> Randomness:
    """Read where random numbers are drawn in a notebook.

    Parameters
    ----------
    language
        Of the kernel: ``python`` or ``R``; of others nothing is known.
    """
    reader = {"python": _PythonReader, "r": _RReader}.get(language.lower())
    if reader is None:
        numbers = tuple(number for number, _ in _code(notebook))
        return Randomness(not_read=numbers)
    found = reader()
    for number, source in _code(notebook):
        found.read(number, source)
    return Randomness(
        seeds=tuple(found.seeds),
        without_seed=tuple(found.without_seed),
        not_read=tuple(found.not_read),
    )


def _code(notebook: Notebook) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            yield number, cell.source


@dataclass
class _RReader:
    seeds: list[Call] = field(default_factory=list)
    without_seed: list[Call] = field(default_factory=list)
    not_read: list[int] = field(default_factory=list)

    def read(self, cell: int, source: str) -> None:
        code = re.sub(r"#.*", "", source)
        if _R_SEED.search(code):
            self.seeds.append(Call(cell=cell, call="set.seed"))
        drawn = _R_DRAW.search(code)
        if drawn and not self.seeds:
            self.without_seed.append(Call(cell=cell, call=drawn.group(1)))


@dataclass
class _PythonReader:
    seeds: list[Call] = field(default_factory=list)
    without_seed: list[Call] = field(default_factory=list)
    not_read: list[int] = field(default_factory=list)
    # What a name stands for: ``np`` for numpy, ``default_rng`` for its full name.
    names: dict[str, str] = field(default_factory=dict)
    seeded: set[str] = field(default_factory=set)

    def read(self, cell: int, source: str) -> None:
        # IPython's own lines are no Python.
        plain = re.sub(r"(?m)^\s*[%!?].*$", "", source)
        try:
            tree = ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError):
            self.not_read.append(cell)
            return
        for node in _in_order(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            elif isinstance(node, ast.Call):
                self._call(cell, node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for each in node.names:
            if each.asname or module:
                self.names[each.asname or each.name] = module + each.name
            else:
                # `import numpy.random` binds numpy.
                top = each.name.partition(".")[0]
                self.names[top] = top

    def _call(self, cell: int, node: ast.Call) -> None:
        name = self._full_name(node.func)
        if name is None:
            return
        found = Call(cell=cell, call=name)
        if name in _SHARED.values():
            if _has_seed(node):
                self.seeds.append(found)
                self.seeded.add(name.removesuffix(".seed"))
            else:
                self.without_seed.append(found)
        elif name in _OWN:
            (self.seeds if _has_seed(node) else self.without_seed).append(found)
        elif self._keyword(node) is not None:
            (self.seeds if self._keyword(node) else self.without_seed).append(found)
        elif self._draws_unseeded(name):
            self.without_seed.append(found)

    def _keyword(self, node: ast.Call) -> bool | None:
        """Return whether a keyword gives a seed; None without such a keyword."""
        given = [each.value for each in node.keywords if each.arg in _KEYWORDS]
        return not _is_none(given[0]) if given else None

    def _draws_unseeded(self, name: str) -> bool:
        module, _, last = name.rpartition(".")
        if module in _SHARED:
            return last not in _NO_DRAW and last.islower() and module not in self.seeded
        drawn = bool(_TAKES_KEYWORD.search(name)) and not module.startswith("numpy")
        return drawn and "numpy.random" not in self.seeded

    def _full_name(self, function: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(function, ast.Attribute):
            parts.append(function.attr)
            function = function.value
        if isinstance(function, ast.Name):
            parts.append(self.names.get(function.id, function.id))
            return ".".join(reversed(parts))
        # A method of something computed: `frame[rows].sample()`.
        return f"….{parts[0]}" if parts else None


def _in_order(tree: ast.AST) -> list[ast.AST]:
    nodes = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    return sorted(nodes, key=_place)


def _place(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _has_seed(node: ast.Call) -> bool:
    given = [*node.args, *(each.value for each in node.keywords)]
    return bool(given) and not _is_none(given[0])


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
