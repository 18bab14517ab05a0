"""A delivery that the shipped templates can analyse: four groups, levels, infections.

Infections and deaths follow the levels, so a model has something to find. Made from one
seed; nobody's data.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from enclave.canonical import canonical_json
from enclave.delivery.manifest import describe_file
from tests.builders.parquet_file import write_parquet


GROUPS = ("DZ940", "DZ948", "DB249", "DC911")
# Mean level in each group, and how much it varies between patients (log scale).
LEVELS = {
    "NPU02902": ((3.8, 2.6, 3.4, 3.0), 0.3),
    "NPU19814": ((8.5, 7.0, 12.0, 5.5), 0.3),
    "CD4": ((650, 320, 480, 700), 0.35),
}
INFECTIONS = ("DJ189", "DA419", "DN390", "DB029")
END = np.datetime64("2024-12-31")


def a_study(folder: Path, *, persons: int = 400, seed: int = 7) -> Path:
    """Write a delivery of persons, diagnoses and laboratory results."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, persons)
    age = rng.normal(50, 14, persons).clip(18, 90)
    entry = np.datetime64("2008-01-01") + rng.integers(0, 5000, persons)
    shift = {
        code: rng.normal(0, spread, persons) for code, (_, spread) in LEVELS.items()
    }
    risk = np.exp(-sum(shift.values()) + (age - 50) / 40) * (0.15 + 0.1 * group)
    lived = rng.exponential(25 / risk.clip(0.05)) * 365
    death = entry + lived.astype(int)
    frames = {
        "person": pd.DataFrame(
            {
                "pseudonym": _names(persons),
                "sex": np.where(rng.random(persons) < 0.5, "male", "female"),
                "birth_date": entry - (age * 365.25).astype(int),
                "death_date": pd.Series(death).where(death < END),
            }
        ),
        "diagnosis": _diagnoses(rng, group, entry, np.minimum(death, END), risk),
        "lab": _results(rng, group, entry, np.minimum(death, END), shift),
    }
    return _write(folder, frames, persons)


def _names(persons: int) -> list[str]:
    return [f"P{number:025d}" for number in range(persons)]


def _diagnoses(rng, group, entry, end, risk) -> pd.DataFrame:
    names = np.array(_names(len(group)))
    first = pd.DataFrame(
        {"pseudonym": names, "code": np.array(GROUPS)[group], "date": entry}
    )
    days = (end - entry).astype(int).clip(0)
    who = np.repeat(np.arange(len(group)), rng.poisson(risk * days / 365 * 3))
    infections = pd.DataFrame(
        {
            "pseudonym": names[who],
            "code": rng.choice(INFECTIONS, len(who)),
            "date": entry[who] + (rng.random(len(who)) * days[who]).astype(int),
        }
    )
    return pd.concat([first, infections], ignore_index=True)


def _results(rng, group, entry, end, shift) -> pd.DataFrame:
    names, parts = np.array(_names(len(group))), []
    slope = rng.normal(-0.05, 0.15, len(group))
    for code, (means, _) in LEVELS.items():
        who = np.repeat(np.arange(len(group)), 14)
        day = np.tile(np.arange(-30, 1230, 90), len(group)) + rng.integers(
            0, 40, len(who)
        )
        level = np.log(np.array(means)[group][who]) + shift[code][who]
        level += slope[who] * day / 365 + rng.normal(0, 0.12, len(who))
        result = pd.DataFrame(
            {
                "pseudonym": names[who],
                "code": code,
                "value": np.exp(level).round(2),
                "date": entry[who] + day,
            }
        )
        parts.append(result[result["date"] <= end[who]])
    return pd.concat(parts, ignore_index=True)


def _write(folder: Path, frames: dict[str, pd.DataFrame], persons: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files, described = [], []
    for name, frame in frames.items():
        table = _as_delivered(frame)
        write_parquet(folder / f"{name}.parquet", table.schema, [table])
        files.append(describe_file(folder / f"{name}.parquet", persons=persons))
        columns = [{"name": column} for column in table.column_names]
        described.append({"name": name, "columns": columns})
    manifest = {
        "project": "immune-index",
        "version": 1,
        "grant": "G2-1",
        "persons": persons,
        "window": {"start": "2008-01-01", "end": "2024-12-31"},
        "date_policy": "real",
        "tables": [file.model_dump(mode="json") for file in files],
    }
    (folder / "manifest.json").write_bytes(canonical_json(manifest))
    (folder / "dictionary.json").write_bytes(canonical_json({"tables": described}))
    (folder / "receipt.md").write_text("# Receipt\n")
    return folder


def _as_delivered(frame: pd.DataFrame) -> pa.Table:
    """Give days as days."""
    days = {
        name: pd.to_datetime(frame[name]).dt.date
        for name in frame.columns
        if name.endswith("date")
    }
    return pa.Table.from_pandas(
        frame.assign(**days), preserve_index=False
    ).replace_schema_metadata(None)
