"""A hospital of three persons as CSV files, and a mapping that fits them."""

from pathlib import Path
from typing import Any

from enclave.warehouse.mapping import Mapping


FILES = {
    "persons": """id,sex,born,died
0101500017,F,1950-01-01,
0202600028,M,1960-02-02,2015-06-01
0303700039,F,1970-03-03,
""",
    "lab": """id,day,test,result,unit
0101500017,2010-01-05,NA,140,mmol/L
0101500017,2011-01-05,CRP,12.5,mg/L
0202600028,2012-03-01,CRP,3,mg/L
0303700039,2013-04-01,NA,138,mmol/L
""",
}
IDS = ("0101500017", "0202600028", "0303700039")


def write_source(folder: Path, **files: str) -> str:
    """Write the usual files, or others in place of some of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in (FILES | files).items():
        (folder / f"{table}.csv").write_text(text)
    return str(folder)


def write_changed_source(folder: Path, *, added: str = "", without: str = "") -> str:
    """Write a source whose laboratory results have a line more, or one less."""
    text = FILES["lab"].replace(without, "") if without else FILES["lab"]
    return write_source(folder, lab=text + added)


def label(text: str) -> dict[str, str]:
    return {"en": text, "da": f"dansk {text}"}


def column(name: str, source: Any = None, **details: Any) -> dict[str, Any]:
    read = {} if source is None else {"source": source}
    return {"name": name, "label": label(name), **read, **details}


PERSON = column("person", "id", role="person", sensitivity="direct_identifier")
PERSON_COLUMNS = [
    PERSON,
    column("sex", "sex", role="sex", recode={"F": "female", "M": "male"}),
    column("birth_date", "born", role="birth_date", type="date"),
    column("death_date", "died", role="death_date", type="date"),
]
DATE = column("date", "day", role="date", type="date")
CODE = column("code", "test", role="code", code_system="local")
VALUE = column("value", "result", role="value", type="number")
UNIT = column("unit", "unit", role="unit")
LAB_COLUMNS = [PERSON, DATE, CODE, VALUE, UNIT]


def table(name: str, source: str, columns: list[Any], **details: Any) -> dict[str, Any]:
    kind = details.pop("kind", "person" if name == "person" else "event")
    return {
        "name": name,
        "kind": kind,
        "source": source,
        "label": label(name),
        "columns": columns,
        **details,
    }


def mapping_document(
    *,
    person: list[Any] | None = None,
    lab: list[Any] | None = None,
    more: list[Any] | None = None,
    **details: Any,
) -> dict[str, Any]:
    return {
        "name": "hospital",
        "version": 1,
        "label": label("a small hospital"),
        "identifier": "local",
        "tables": [
            table("person", "persons", person or PERSON_COLUMNS),
            table("lab", "lab", lab or LAB_COLUMNS),
            *(more or []),
        ],
    } | details


def build_mapping(**details: Any) -> Mapping:
    return Mapping.model_validate(mapping_document(**details))
