"""What counts as equal: tolerances and named noise rules, each with its reason.

The policy of a comparison is part of its result: the certificate holds the policy's
digest, so nobody can loosen it afterwards.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from enclave.archive.comparison.sanitiser import Sanitiser
from enclave.archive.comparison.verdict import Verdict
from enclave.canonical import digest


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NoiseRule(_Frozen):
    """A kind of text that may change although the result did not.

    A rule fires where both copies have text of its pattern at the same place and the
    two differ. With ``evidence`` it fires only if the record of the two runs proves it:
    a date is noise if it is the date on which the analysis ran, not if it is a
    patient's.
    """

    name: str
    pattern: str
    """Regular expression, one line at a time; must not be able to match nothing."""
    effect: Literal[Verdict.IDENTICAL, Verdict.EXPLAINED_DRIFT]
    """The verdict of an output in which nothing but this changed."""
    reason: str
    scope: Literal["text", "identifier"] = "text"
    """``identifier``: only names inside HTML, SVG and widgets, which nobody reads."""
    evidence: Literal["shape", "run time", "package version"] = "shape"
    optional: bool = False
    """True for a text that one of two equal runs may print and the other not."""


_HEX_ID = (
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])|\bhtmlwidget-[0-9a-f]{10,20}\b"
)
_ADDRESS = r"0x[0-9a-fA-F]{6,16}\b"
_CLOCK = r"\d\d:\d\d:\d\d"
_DATE = r"\d{4}-\d\d-\d\d"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SECONDS = r"\d+(?:\.\d+)?(?:e-?\d+)? ?(?:ns|µs|us|ms|s|sec|secs|seconds|min|minutes)\b"

RULES = (
    NoiseRule(
        name="memory-address",
        pattern=(
            rf"(?<=\bat ){_ADDRESS}|(?<=<environment: ){_ADDRESS}"
            rf"|(?<=<bytecode: ){_ADDRESS}|(?<=<pointer: ){_ADDRESS}"
        ),
        effect=Verdict.IDENTICAL,
        reason="Where Python or R happened to put an object, as its print shows it.",
    ),
    NoiseRule(
        name="cell-file",
        pattern=r"/tmp/ipykernel_\d+/\d+\.py",  # noqa: S108 - a pattern, not a file
        effect=Verdict.IDENTICAL,
        reason="The file name ipykernel gives a cell holds the kernel's process id.",
    ),
    NoiseRule(
        name="temporary-file",
        pattern=(
            r"/tmp/tmp[a-z0-9_]{8}\b"  # noqa: S108 - a pattern, not a file
            r"|/tmp/Rtmp[A-Za-z0-9]{6}(?:/file[0-9a-f]{6,16})?\b"
        ),
        effect=Verdict.IDENTICAL,
        reason="Python's tempfile and R's tempfile() draw these names at random.",
    ),
    NoiseRule(
        name="package-path",
        pattern=(
            r"(?:/[\w.+@-]{1,100}){1,20}"
            r"/(?:site-packages|dist-packages|site-library|R/library)(?=/)"
        ),
        effect=Verdict.IDENTICAL,
        reason="Where the kernel's packages lie on that machine, as warnings show it.",
    ),
    NoiseRule(
        name="timing-magic",
        pattern=(
            r"^(?:CPU times: user |Wall time: ).{1,200}$"
            r"|^.{1,60} ± .{1,60} per loop \(mean ± std\. dev\. of .{1,80}\)$"
            r"|(?<=^   user  system elapsed \n)[ \d.]{5,80}$"
        ),
        effect=Verdict.IDENTICAL,
        reason="What %time, %timeit and system.time() print measures the machine.",
    ),
    NoiseRule(
        name="timing-remark",
        pattern=(
            r"^The slowest run took [\d.]{1,20} times longer than the fastest\."
            r" This could mean that an intermediate result is being cached\. *\n"
        ),
        effect=Verdict.IDENTICAL,
        optional=True,
        reason="%timeit says so where its runs took unequally long.",
    ),
    NoiseRule(
        name="font-cache-remark",
        pattern=(
            r"^(?:WARNING:matplotlib\.font_manager:)?Matplotlib is building the font"
            r" cache; this may take a moment\.\n"
        ),
        effect=Verdict.IDENTICAL,
        optional=True,
        reason="Matplotlib says so where it looks for fonts for more than 5 seconds.",
    ),
    NoiseRule(
        name="progress-rate",
        pattern=r"\[(?:\d+:)?\d\d:\d\d<(?:(?:\d+:)?\d\d:\d\d|\?), [^\]\n]{1,80}\]",
        effect=Verdict.IDENTICAL,
        reason="Elapsed time and rate of a tqdm bar; its counts are still compared.",
    ),
    NoiseRule(
        name="run-time",
        pattern=(
            rf"{_DATE}[ T]{_CLOCK}(?:[.,]\d{{1,6}})?(?:Z|[+-]\d\d:?\d\d)?"
            rf"|{_DAY} {_MONTH} [ \d]\d {_CLOCK} \d{{4}}"
            rf"|{_DAY}, \d\d {_MONTH} \d{{4}}|\b{_DATE}\b|\b{_CLOCK}\b"
            r"|\b\d\d[-/.]\d\d[-/.]\d{4}\b"
        ),
        effect=Verdict.IDENTICAL,
        evidence="run time",
        reason="The moment of each run itself, as statsmodels prints it in a summary.",
    ),
    NoiseRule(
        name="package-version",
        pattern=r"\b\d+\.\d+(?:\.\d+)+(?:(?:a|b|rc|\.post|\.dev)\d+)?\b",
        effect=Verdict.EXPLAINED_DRIFT,
        evidence="package version",
        reason="A package whose recorded version differs between the two kernels.",
    ),
    NoiseRule(
        name="duration",
        pattern=(
            r"(?i:\b(?:elapsed|took|run ?time|wall time|finished in|completed in"
            rf"|done in)\b)(?: time)?[:=]? {{0,8}}{_SECONDS}"
            r"|\bTime difference of \d+(?:\.\d+)? secs\b"
        ),
        effect=Verdict.EXPLAINED_DRIFT,
        reason="Reads like a measured run time; a person should see that it is one.",
    ),
    NoiseRule(
        name="element-id",
        pattern=rf"\bT_[0-9a-f]{{5}}(?=\b|_)|\b[mp][0-9a-f]{{10}}\b|{_HEX_ID}",
        effect=Verdict.IDENTICAL,
        scope="identifier",
        reason="pandas Styler, Matplotlib's SVG and widgets draw such ids at random.",
    ),
)


class DriftRule(_Frozen):
    """A kind of difference that a changed input explains, if it did change on record.

    It never makes two outputs equal: a person is to see what changed, and why.
    """

    name: str
    input: Literal["data", "kernel"]
    reason: str


OTHER_DATA = DriftRule(
    name="other-data",
    input="data",
    reason=(
        "The two runs had other data: numbers, pictures and the number of rows follow"
        " them. Words that change still differ, for they state a conclusion."
    ),
)
OTHER_SOFTWARE = DriftRule(
    name="other-software",
    input="kernel",
    reason=(
        "The two runs had other software: numbers that agree within the wider tolerance"
        " or in all but the last printed digit, pictures with the same structure."
    ),
)
OTHER_WARNINGS = DriftRule(
    name="other-warnings",
    input="kernel",
    reason="The two runs had other software, which warns of other things on stderr.",
)
SANITISER = "nbval-sanitiser"
ROW_ORDER = "row-order"
COLUMN_ORDER = "column-order"


class Policy(_Frozen):
    """Tolerances and rules of a comparison.

    Two numbers are equal if they agree within *any* of the three tolerances. Whole
    numbers are counts, and counts are equal or not.
    """

    version: int = 2
    relative: float = Field(default=1e-9, ge=0, lt=1)
    """Share of the larger number. Other processors sum in another order, which moves
    the last digits of a double (16 digits); published numbers have three to six."""
    absolute: float = Field(default=1e-15, ge=0)
    """A sum that is zero in exact arithmetic comes out as a few roundings of one. Not
    larger, because p values of that size are results."""
    ulp: int = Field(default=4, ge=0)
    """Units in the last place of a double: what a mathematical library may differ by
    from another."""
    pixel: int = Field(default=2, ge=0, le=255)
    """Difference of one colour channel, of 255, that text smoothing may cause and that
    no eye sees."""
    structure: float = Field(default=0.99, ge=0, le=1)
    """Share of a coarse copy of a picture, of about 160 points a side, that must be the
    same for two pictures to have one structure. It explains nothing by itself."""
    drift: float = Field(default=1e-6, ge=0, lt=1)
    """Relative tolerance between two kernels: iterative fits stop at about 1e-8."""
    largest_image: int = Field(default=50_000_000, gt=0)
    """Pixels. A larger image is compared by its bytes: it may be a bomb."""
    shown_differences: int = Field(default=20, gt=0)
    """How many differences of one output a report shows."""
    rules: tuple[NoiseRule, ...] = RULES
    drifts: tuple[DriftRule, ...] = (OTHER_DATA, OTHER_SOFTWARE, OTHER_WARNINGS)
    sanitisers: tuple[Sanitiser, ...] = ()
    """What the author of the analysis asked to be overlooked; never silently."""
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Columns that identify the rows of a data file, by its name."""

    @property
    def digest(self) -> str:
        """SHA-256 of the whole policy, rules and all."""
        return digest(self.model_dump(mode="json"))
