from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from enclave.errors import InputError
from enclave.identity import cpr
from enclave.identity.cpr import CprClass
from enclave.warehouse.synthetic.synthesise import synthesise


PERSONS = 12_000  # two blocks, the second one not full


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "source"
    synthesise(out, persons=PERSONS, seed=7)
    return out


def read(folder: Path, table: str) -> pa.Table:
    return pq.read_table(folder / f"{table}.parquet")


def test_the_same_seed_writes_the_same_tables(tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        synthesise(tmp_path / name, persons=300, seed=seed)

    first, same, other = (
        {file.name: pq.read_table(file) for file in sorted((tmp_path / name).iterdir())}
        for name in "abc"
    )
    assert first == same
    assert first["labka.parquet"] != other["labka.parquet"]
    assert len(first) == 9


def test_every_person_has_a_number_of_their_own(folder: Path):
    numbers = read(folder, "cpr")["CPR"]

    assert pc.count_distinct(numbers).as_py() == PERSONS
    assert pc.all(pc.equal(pc.utf8_length(numbers), 10)).as_py()


def test_numbers_tell_birth_date_and_sex_and_come_in_every_class(folder: Path):
    kinds: Counter[CprClass] = Counter()
    for person in read(folder, "cpr").to_pylist():
        kind = cpr.classify(person["CPR"])
        kinds[kind] += 1
        # The last digit of a number is odd for men.
        assert {"K": 0, "M": 1}[person["KOEN"]] == int(person["CPR"][-1]) % 2
        if kind is not CprClass.X_ECPR and kind is not CprClass.D_ECPR:
            assert cpr.birth_date(person["CPR"]) == person["FOEDSELSDATO"]

    assert set(kinds) == set(CprClass) - {CprClass.INVALID, CprClass.TEST}
    assert kinds[CprClass.CPR] > 0.7 * PERSONS  # as issued before October 2007


def test_nothing_happens_to_anybody_before_birth_or_after_death(folder: Path):
    people = read(folder, "cpr").select(["CPR", "FOEDSELSDATO", "STATUSDATO"])
    events = read(folder, "lpr_diagnose").select(["CPR", "DATO"]).join(people, "CPR")

    assert pc.all(pc.greater_equal(events["DATO"], events["FOEDSELSDATO"])).as_py()
    dead = events.filter(pc.is_valid(events["STATUSDATO"]))
    assert len(dead) > 1000
    assert pc.all(pc.less_equal(dead["DATO"], dead["STATUSDATO"])).as_py()


def test_few_people_have_most_contacts(folder: Path):
    visits = read(folder, "lpr_kontakt").group_by("CPR").aggregate([("CPR", "count")])
    counts = np.sort(visits["CPR_count"].to_numpy())[::-1]

    assert counts[: len(counts) // 10].sum() > 0.25 * counts.sum()


def test_leukocytes_follow_neutrophils(folder: Path):
    lab = read(folder, "labka")
    values = {
        code: lab.filter(pc.equal(lab["ANALYSEKODE"], code)).to_pandas()
        for code in ("NPU02593", "NPU02902")
    }
    both = values["NPU02593"].merge(values["NPU02902"], on=["CPR", "PRVTAG_TID"])

    assert both["REPLY_x"].astype(float).corr(both["REPLY_y"].astype(float)) > 0.8


def test_low_immunoglobulin_goes_with_infections(folder: Path):
    lab = read(folder, "labka").to_pandas()
    igg = lab[lab["ANALYSEKODE"] == "NPU19814"].groupby("CPR")["REPLY"].first()
    infected = set(
        read(folder, "mikrobiologi")
        .to_pandas()
        .query("not BAKTERIE.str.startswith('Ingen')")["CPR"]
    )
    levels = igg.astype(float)

    low, high = (
        np.isin(levels[some].index, list(infected)).mean()
        for some in (levels < 6, levels > 10)
    )
    assert low > 1.3 * high


def test_clean_results_are_numbers_and_none_is_there_twice(folder: Path):
    clean = read(folder, "labka").to_pandas()

    clean["REPLY"].astype(float)
    assert not clean.duplicated().any()


@pytest.mark.parametrize(("persons", "seed"), [(0, 1), (-5, 1), (10, -1)])
def test_numbers_that_make_no_sense_are_refused(
    persons: int, seed: int, tmp_path: Path
):
    with pytest.raises(InputError, match="at least one person"):
        synthesise(tmp_path / "out", persons=persons, seed=seed)


def test_an_existing_folder_is_left_alone(tmp_path: Path):
    with pytest.raises(InputError, match="exists already"):
        synthesise(tmp_path, persons=10, seed=1)

    assert list(tmp_path.iterdir()) == []
