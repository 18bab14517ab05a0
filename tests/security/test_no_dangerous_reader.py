"""What can run code or fill a disk when it is read is read by nothing of ours.

Pickles, joblib, YAML with tags, archives that unpack themselves anywhere.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
import yaml


ROOT = Path(__file__).parents[2]
OURS = ("enclave", "hub_config", "kernels/enclave_kernels", "widgets")

NEVER_IMPORTED = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "tarfile"}
NEVER_CALLED = {
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "pd.read_pickle",
    "pandas.read_pickle",
    "shutil.unpack_archive",
    "allow_pickle",
    "eval",
    "exec",
    "os.system",
}
UNPACKS = (".extractall", ".extract_all")


def _sources():
    for folder in OURS:
        yield from (ROOT / folder).rglob("*.py")


def test_no_reader_that_runs_what_it_reads():
    found = [
        f"{source.relative_to(ROOT)}: {name}"
        for source in _sources()
        for node in ast.walk(ast.parse(source.read_text()))
        for name in _names(node)
        if name in NEVER_IMPORTED | NEVER_CALLED or name.endswith(UNPACKS)
    ]
    assert found == []


def test_it_would_be_found():
    tree = ast.parse("import pickle\nimport yaml as y\neval('1')\nf.extractall('.')")
    names = {name for node in ast.walk(tree) for name in _names(node)}
    assert {"pickle", "eval", "f.extractall"} <= names


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    if isinstance(node, ast.Call):
        given = [word.arg for word in node.keywords if word.arg == "allow_pickle"]
        return [ast.unparse(node.func), *given]
    return []


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!x 1"])
def test_yaml_with_tags_is_refused_by_the_reader_we_use(tag):
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(f"a: {tag}")


def test_arrays_of_objects_are_pickles_and_refused_by_default(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        np.load(tmp_path / "a.npy")


# What runs in a sandbox, and what reads the plain CSV that comes out of one.
IN_A_SANDBOX = (
    "airlock/conversion/readers",
    "airlock/attachments/inspection.py",
    "airlock/attachments/kinds.py",
    "airlock/attachments/office.py",
    "airlock/attachments/office_text.py",
    "airlock/attachments/pdf.py",
    "airlock/uploaded_table.py",
)
READS_FORMATS = re.compile(
    r"(?:^|\.)(?:read_(?:csv|parquet|excel|feather|orc|sas|stata|spss|table|xport|dta|sav"
    r"|sas7bdat|xpt|missing_kinds)|from_parquet|ParquetFile|ZipFile|PdfReader"
    r"|load_workbook|open_(?:table|csv|parquet|workbook))$"
)
TAKE_FILES_IN = ("airlock", "portal", "cli/own_data.py", "cli/worker.py", "jobs")


def test_what_people_upload_is_read_in_a_sandbox_alone():
    found = {
        (str(source.relative_to(ROOT / "enclave")), name)
        for place in TAKE_FILES_IN
        for source in _below(ROOT / "enclave" / place)
        for node in ast.walk(ast.parse(source.read_text()))
        for name in _names(node)
        if READS_FORMATS.search(name)
    }
    outside = {one for one in found if not one[0].startswith(IN_A_SANDBOX)}

    # The program of a conversion is what runs in its sandbox.
    assert outside == {("airlock/conversion/program.py", "opening.open_table")}
    assert len(found) >= 8


# What else people send: known, and no more. Of the archive it is read in the sandbox of
# an examination (tests/security/sandbox/test_examination.py), all else by portal or
# worker themselves.
READS_MORE = re.compile(
    READS_FORMATS.pattern[:-1] + r"|(?:^|\.)(?:Image\.open|csv\.(?:reader|DictReader))$"
)
KNOWN = {
    "archive/comparison/files.py",  # tables of archives that are compared
    "archive/comparison/images.py",  # and their images
    "archive/comparison/parquet.py",  # and tables in Parquet
    "cohort/code_lists/csv_file.py",  # code lists
    "projects/opt_outs.py",  # numbers that a data manager brings
    "returns/dataset.py",  # tables that a project gives back
    "returns/findings/effect.py",  # and what became of them
}


def test_what_else_people_send_is_read_where_it_is_known_to_be():
    found = {
        str(source.relative_to(ROOT / "enclave"))
        for place in ("archive", "cohort", "projects", "returns")
        for source in _below(ROOT / "enclave" / place)
        for node in ast.walk(ast.parse(source.read_text()))
        if any(map(READS_MORE.search, _names(node)))
    }

    assert found == KNOWN


def _below(place: Path) -> list[Path]:
    return [place] if place.is_file() else [*place.rglob("*.py")]
