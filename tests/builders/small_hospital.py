"""A hospital of six persons, loaded through the warehouse as any other."""

from pathlib import Path

from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


FILES = {
    "persons.csv": """\
id,sex,born,died,municipality
a,F,1950-06-01,,101
b,F,1960-06-01,2021-01-01,
c,M,1970-06-01,,101
d,M,1980-06-01,,
e,F,1990-06-01,,155
f,M,2000-06-01,,155
""",
    "diagnoses.csv": """\
id,date,code
a,2019-03-01,DE110
a,2020-03-01,DE119
b,2019-05-01,DE119
c,2019-05-01,DI109
d,2019-07-01,DE110
e,2019-07-01,DI109
""",
    "labs.csv": """\
id,date,code,value,unit
a,2019-03-10,NPU19748,12,mg/L
b,2019-05-10,NPU19748,3,mg/L
b,2019-05-11,NPU19748,0.003,g/L
d,2020-07-10,NPU19748,50,mg/L
d,2020-07-11,NPU19748,,mg/L
f,2020-07-11,NPU19748,,mg/L
""",
    "vitals.csv": """\
id,date,code,value
a,2019-03-10,sbp,140
c,2019-03-10,sbp,120
""",
    "wards.csv": """\
ward,beds
1001,24
""",
}

MAPPING = """
name: small
version: 1
label: {en: A small hospital, da: Et lille hospital}
identifier: small
tables:
  - name: person
    kind: person
    source: persons
    label: {en: Persons, da: Personer}
    columns:
      - {name: person, role: person, source: id, sensitivity: direct_identifier,
         label: {en: Person, da: Person}}
      - {name: sex, role: sex, source: sex, recode: {F: female, M: male},
         label: {en: Sex, da: Køn}}
      - {name: birth_date, role: birth_date, type: date, source: born,
         label: {en: Born, da: Født}}
      - {name: death_date, role: death_date, type: date, source: died,
         label: {en: Died, da: Død}}
      - {name: municipality, type: integer, source: municipality,
         label: {en: Municipality, da: Kommune}}
  - name: diagnosis
    kind: event
    source: diagnoses
    label: {en: Diagnoses, da: Diagnoser}
    columns:
      - {name: person, role: person, source: id, sensitivity: direct_identifier,
         label: {en: Person, da: Person}}
      - {name: date, role: date, type: date, source: date, label: {en: Date, da: Dato}}
      - {name: code, role: code, code_system: SKS, source: code,
         label: {en: Diagnosis, da: Diagnose}}
  - name: lab
    kind: event
    source: labs
    label: {en: Laboratory results, da: Laboratoriesvar}
    columns:
      - {name: person, role: person, source: id, sensitivity: direct_identifier,
         label: {en: Person, da: Person}}
      - {name: date, role: date, type: date, source: date, label: {en: Date, da: Dato}}
      - {name: code, role: code, code_system: NPU, source: code,
         label: {en: Analysis, da: Analyse}}
      - {name: value, role: value, type: number, source: value,
         label: {en: Result, da: Resultat}}
      - {name: unit, role: unit, source: unit, label: {en: Unit, da: Enhed}}
  - name: vital
    kind: event
    source: vitals
    label: {en: Vital signs, da: Målinger}
    columns:
      - {name: person, role: person, source: id, sensitivity: direct_identifier,
         label: {en: Person, da: Person}}
      - {name: date, role: date, type: date, source: date, label: {en: Date, da: Dato}}
      - {name: code, role: code, code_system: VITAL, source: code,
         label: {en: Sign, da: Måling}}
      - {name: value, role: value, type: number, unit: mm Hg, source: value,
         label: {en: Value, da: Værdi}}
  - name: ward
    kind: reference
    source: wards
    label: {en: Wards, da: Afsnit}
    columns:
      - {name: ward, source: ward, label: {en: Ward, da: Afsnit}}
      - {name: beds, type: integer, source: beds, label: {en: Beds, da: Senge}}
codes:
  - {system: SKS, code: DE11, label: {en: Type 2 diabetes, da: Type 2-diabetes}}
  - {system: SKS, code: DE110, label: {en: with coma, da: med koma}}
  - {system: SKS, code: DE119, label: {en: no complications, da: ukompliceret}}
  - {system: SKS, code: DI109, label: {en: Hypertension, da: Forhøjet blodtryk}}
  - {system: NPU, code: NPU19748, label: {en: CRP, da: CRP}}
  - {system: VITAL, code: sbp, label: {en: Systolic pressure, da: Systolisk blodtryk}}
"""


def load_small_hospital(
    folder: Path, files: dict[str, str] | None = None, mapping: str = MAPPING
) -> Settings:
    """Load the hospital into an installation below a folder.

    Parameters
    ----------
    files
        Content of the files that differ from those of the six persons.
    """
    source = folder / "source"
    source.mkdir(parents=True)
    for name, content in (FILES | (files or {})).items():
        (source / name).write_text(content)
    (folder / "small.yaml").write_text(mapping)
    settings = Settings.at(folder / "home", runtime=str(folder / "run"))
    Warehouse(settings).load(str(source), Mapping.load(str(folder / "small.yaml")))
    return settings


def small_hospital(
    folder: Path, files: dict[str, str] | None = None, mapping: str = MAPPING
) -> Snapshot:
    """Return the one snapshot of the hospital."""
    return Warehouse(load_small_hospital(folder, files, mapping)).snapshot()
