"""A made-up register of any size: persons, diagnoses, laboratory results, medicines.

Codes are as unevenly frequent as words (Zipf), persons have many or few events (gamma),
and half of a person's events repeat eight codes of their own, as chronic diseases do.
Nobody has the same event twice, so that a query written by hand need not look for that.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


FIRST, LAST = np.datetime64("2000-01-01"), np.datetime64("2026-06-30")
_DRAWS = 1 << 16
_CHUNK_EVENTS = 4_000_000
_OWN_CODES = 8


@dataclass(frozen=True)
class Domain:
    """One table of events.

    Attributes
    ----------
    share
        Of all events.
    known
        Codes that questions ask for, and their rank by frequency.
    """

    name: str
    share: float
    codes: tuple[str, ...]
    known: dict[str, int]
    measured: bool = False

    def by_rank(self) -> list[str]:
        """Return the codes, the most frequent first."""
        others = [code for code in self.codes if code not in self.known]
        order = list(np.random.default_rng(7).permutation(others))
        for code, rank in sorted(self.known.items(), key=lambda item: item[1]):
            order.insert(rank, code)
        return list(map(str, order))


def _diagnoses() -> tuple[str, ...]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    categories = [f"D{letter}{n:02d}" for letter in letters for n in range(100)][::2]
    wanted = ["DE11", "DI10", "DC50"]
    kept = [each for each in categories if each not in wanted][:997] + wanted
    return tuple(f"{category}{n}" for category in kept for n in (0, 1, 2, 8, 9))


def _medicines() -> tuple[str, ...]:
    groups = [
        f"{a}{n:02d}{b}{c}"
        for a in "ABCDGHJLMNPRSV"
        for n in (1, 2, 3, 5, 6, 9, 10)
        for b in "ABC"
        for c in "AB"
    ]
    others = [each for each in groups if each != "A10BA"]
    kept = [*others[:199], "A10BA"]
    return tuple(f"{group}{n:02d}" for group in kept for n in range(1, 6))


LABS = tuple(f"NPU{10_000 + 37 * n}" for n in range(500))
DOMAINS = (
    Domain(
        "diagnosis",
        0.3,
        _diagnoses(),
        {
            "DI100": 2, "DE119": 12, "DI109": 25, "DC509": 60, "DE110": 90,
            "DE112": 150, "DC500": 250, "DI101": 300, "DE111": 400, "DE118": 700,
            "DC501": 800,
        },
    ),
    Domain("lab", 0.5, LABS, {LABS[3]: 3}, measured=True),
    Domain(
        "medication", 0.2, _medicines(), {"A10BA02": 4, "A10BA01": 70, "A10BA03": 180}
    ),
)  # fmt: skip


def write(folder: Path, persons: int, events: int, seed: int = 1) -> None:
    """Write the register as Parquet, in the order of persons and days."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    weight = random.gamma(0.7, 1, persons)
    weight /= weight.sum()
    birth = np.datetime64("1920-01-01") + random.integers(0, 36_500, persons)
    dead = random.random(persons) < 0.1
    table = pa.table(
        {
            "id": np.arange(1, persons + 1),
            "sex": np.where(random.random(persons) < 0.5, "female", "male"),
            "born": birth,
            "died": pa.array(np.full(persons, LAST), mask=~dead),
        }
    )
    pq.write_table(table, folder / "person.parquet", compression="zstd")
    span = int((LAST - FIRST).astype(int))
    start = (span * random.beta(1.2, 1.5, persons)).astype(np.int32)
    for domain in DOMAINS:
        expected = weight * events * domain.share
        _write_events(folder, domain, expected, (start, birth), random)


def _write_events(
    folder: Path,
    domain: Domain,
    expected: np.ndarray,
    lives: tuple[np.ndarray, np.ndarray],
    random: np.random.Generator,
) -> None:
    start, birth = lives
    codes = pa.array(domain.by_rank())
    rank_of = _zipf(len(codes))
    chunks = max(1, int(expected.sum() / _CHUNK_EVENTS))
    writer = None
    for part in np.array_split(np.arange(len(expected)), chunks):
        drawn = _draw(part, expected[part], start[part], rank_of, random)
        table = _table(domain, codes, *drawn, random)
        # A load would refuse what happened before its person was born.
        born = birth[drawn[0] - 1]
        table = table.filter(pa.array(table["date"].to_numpy() >= born))
        if writer is None:
            path = folder / f"{domain.name}.parquet"
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=1_000_000)
    if writer is not None:
        writer.close()


def _draw(
    persons: np.ndarray,
    expected: np.ndarray,
    start: np.ndarray,
    rank_of: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw who, which code and which day; in order, and each only once."""
    who = np.repeat(np.arange(len(persons)), random.poisson(expected))
    place = random.integers(0, _DRAWS, len(who))
    own = random.integers(0, _DRAWS, (len(persons), _OWN_CODES))
    chosen = own[who, random.integers(0, _OWN_CODES, len(who))]
    place = np.where(random.random(len(who)) < 0.5, chosen, place)
    span = int((LAST - FIRST).astype(int))
    day = start[who] + (span - start[who]) * random.random(len(who))
    packed = who.astype(np.uint64) << np.uint64(32)
    packed |= day.astype(np.uint64) << np.uint64(16)
    packed |= rank_of[place].astype(np.uint64)
    packed = np.unique(packed)
    return (
        persons[(packed >> np.uint64(32)).astype(np.int64)] + 1,
        (packed & np.uint64(0xFFFF)).astype(np.int32),
        ((packed >> np.uint64(16)) & np.uint64(0xFFFF)).astype(np.int64),
    )


def _table(
    domain: Domain,
    codes: pa.Array,
    who: np.ndarray,
    rank: np.ndarray,
    day: np.ndarray,
    random: np.random.Generator,
) -> pa.Table:
    columns = {
        "id": pa.array(who),
        "code": pa.DictionaryArray.from_arrays(rank, codes).cast(pa.string()),
        "date": pa.array(FIRST + day),
    }
    if domain.measured:
        level = 1.5 + rank % 7 * 0.3
        values = np.round(np.exp(random.normal(level, 0.6)), 1)
        columns["value"] = pa.array(values)
    return pa.table(columns)


def _zipf(codes: int) -> np.ndarray:
    """Return which code each of many equally likely draws stands for."""
    share = np.cumsum(1 / np.arange(1, codes + 1))
    return np.searchsorted(share / share[-1], (np.arange(_DRAWS) + 0.5) / _DRAWS)
