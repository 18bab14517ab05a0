"""What is read of a notebook, a script or a folder, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from enclave.archive import layout
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.description import Description
from enclave.archive.analysis.plan import swept
from enclave.archive.analysis.script import as_notebook
from enclave.archive.notebook import parse
from enclave.archive.publishable_copies import copies, suspicions_in
from enclave.errors import InputError


KERNEL = "python-2026.12"
MARKER = "Leak-Kirsten-4711"


@pytest.fixture
def folder(build, tmp_path: Path):
    """Write a folder of a notebook, a script, a module and what is said of them."""

    def write(description: str = "steps: [clean.ipynb, model.R]", **files: str) -> Path:
        document = build.document(
            build.code("minimum = 0", tags=("parameters",)),
            build.code("print(minimum)", build.stream(MARKER)),
            kernelspec={"name": KERNEL, "language": "python"},
        )
        contents = {
            "clean.ipynb": json.dumps(document),
            "model.R": '# %% tags=["parameters"]\nseed <- 1\n# %%\nprint(seed)\n',
            "rates.py": "def rate(n, of):\n    return n / of\n",
            "notes.txt": MARKER,
            "analysis.yaml": description,
            **files,
        }
        for name, content in contents.items():
            (tmp_path / name).write_text(content)
        return tmp_path

    return write


def _read(path: Path, **given: Any) -> Analysis:
    return Analysis.read(path, **{"parameters": {}, "sweep": {}, **given})


def test_steps_have_their_kernels_and_get_their_own_parameters(folder):
    analysis = _read(folder(), parameters={"minimum": 3, "seed": 2})

    assert [step.name for step in analysis.plan.steps] == ["clean.ipynb", "model.R"]
    assert analysis.plan.kernels == (KERNEL, "r-2026.12")
    (run,) = analysis.plan.runs
    given = [analysis.parameters_of(step, run) for step in analysis.plan.steps]
    assert given == [{"minimum": 3}, {"seed": 2}]


def test_a_sweep_runs_every_combination(folder):
    said = "steps: [clean.ipynb, model.R]\nsweep: {seed: [1, 2]}\n"

    analysis = _read(folder(said), sweep={"minimum": [3, 4]})

    runs = [(run["seed"], run["minimum"]) for run in analysis.plan.runs]
    assert runs == [(1, 3), (1, 4), (2, 3), (2, 4)]
    step = analysis.plan.steps[1]
    assert analysis.plan.executed(4, step) == "executed/0004/model.R.ipynb"
    assert analysis.plan.part(4, step) == "run 4, model.R"


def test_what_is_given_goes_before_what_is_said(folder):
    path = folder("steps: [model.R]\nparameters: {minimum: 1}\n")

    analysis = _read(path, entry=["clean.ipynb"], parameters={"minimum": 2})

    assert [step.name for step in analysis.plan.steps] == ["clean.ipynb"]
    assert analysis.plan.runs == ({"minimum": 2},)


def test_a_folder_with_one_notebook_needs_no_description(folder):
    path = folder()
    (path / "analysis.yaml").unlink()

    assert [step.name for step in _read(path).plan.steps] == ["clean.ipynb"]


def test_what_is_archived_is_read_back_as_it_was(folder, tmp_path):
    said = "steps: [clean.ipynb, model.R]\nkeys: {a.csv: [term]}\nsanitise: nbval.cfg\n"
    cleaned = "regex: run-[0-9]+\nreplace: RUN\n"
    analysis = _read(folder(said, **{"nbval.cfg": cleaned}), sweep={"seed": [1, 2]})
    kept = tmp_path / "kept"
    for name, content in analysis.sources().items():
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        (kept / name).write_bytes(content)

    again = Analysis.archived(kept)

    assert again == analysis
    assert again.source_digest == analysis.source_digest


def test_outputs_that_came_along_are_not_what_is_archived(folder):
    path = folder()
    before = _read(path).source_digest
    document = json.loads((path / "clean.ipynb").read_text())
    document["cells"][1]["outputs"] = []
    (path / "clean.ipynb").write_text(json.dumps(document))

    assert _read(path).source_digest == before
    (path / "rates.py").write_text("def rate(n, of):\n    return n\n")
    assert _read(path).source_digest != before


@pytest.mark.parametrize(
    ("description", "given", "message"),
    [
        ("steps: [no.ipynb]", {}, "no file 'no.ipynb'"),
        ("steps: [notes.txt]", {}, "no notebook and no script"),
        ("steps: [model.R, model.R]", {}, "named twice"),
        ("stages: [model.R]", {}, "may say: steps, kernel"),
        ("steps: &a [model.R]\nparameters: {b: *a}", {}, "without anchors"),
        ("steps: [model.R]\nsanitise: no.cfg", {}, "no sanitising file"),
        ("steps: [model.R]\nsweep: {seed: []}", {}, "0 runs"),
        ("steps: [model.R]", {"parameters": {"minimum": 1}}, "no parameter 'minimum'"),
        ("steps: [clean.ipynb]", {"parameters": {"if": 1}}, "cannot be the name"),
        ("{", {}, "cannot be read"),
    ],
)
def test_what_cannot_be_run_is_refused(folder, description, given, message):
    with pytest.raises(InputError, match=message):
        _read(folder(description), **given)


def test_of_two_notebooks_it_must_be_said_which(folder):
    path = folder("", **{"second.ipynb": (folder() / "clean.ipynb").read_text()})

    with pytest.raises(InputError, match="Which of these is run"):
        _read(path)


def test_a_folder_without_code_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")

    with pytest.raises(InputError, match="no notebook and no script here"):
        _read(tmp_path)


def test_data_in_the_folder_are_refused(folder):
    path = folder()
    with (path / "lab.csv").open("wb") as file:
        file.truncate(10_000_001)

    with pytest.raises(InputError, match="Leave data and results out"):
        _read(path)


def test_links_are_not_followed(folder):
    path = folder()
    (path / "passwd.txt").symlink_to("/etc/passwd")

    assert "passwd.txt" not in _read(path).files


def test_a_sweep_reads_its_notebooks_but_once(folder, monkeypatch):
    read = []

    def counting(content: bytes, *, name: str):
        read.append(name)
        return parse(content, name=name)

    monkeypatch.setattr("enclave.archive.analysis.analysis.parse", counting)

    _read(folder(), sweep={"minimum": list(range(100))})
    few = len(read)
    _read(folder("steps: [clean.ipynb]"), sweep={"minimum": [1]})

    assert few <= 4
    assert len(read) - few <= 2
    with pytest.raises(InputError, match="named twice"):
        _read(folder(f"steps: [{'clean.ipynb, ' * 100}]"))
    assert len(read) - few <= 2


def test_a_sweep_has_an_end():
    with pytest.raises(InputError, match="101 runs"):
        swept({}, {"seed": list(range(101))})
    with pytest.raises(InputError, match="10000000000 runs"):
        swept({}, {f"p{number}": list(range(10)) for number in range(10)})


def test_a_script_is_run_cell_by_cell():
    text = (
        "import a\n"
        '# %% tags=["parameters"]\nn = 1\n'
        "# %% [markdown]\n# About *n*\n"
        "#%% a title\nprint(n)\n\nprint(n + 1)\n"
    )

    notebook = parse(as_notebook(text, kernel=KERNEL, language="python"), name="it")

    assert [
        (cell.cell_type, cell.source, set(cell.tags)) for cell in notebook.cells
    ] == [
        ("code", "import a", set()),
        ("code", "n = 1", {"parameters"}),
        ("markdown", "About *n*", set()),
        ("code", "print(n)\n\nprint(n + 1)", set()),
    ]


def test_what_leaves_of_a_folder_is_code_alone(folder):
    said = f"steps: [clean.ipynb, model.R]\nparameters: {{minimum: {MARKER}}}\n"

    leaving = copies(_read(folder(said)))

    assert set(leaving) == {
        "publishable/step-1.ipynb",
        "publishable/step-2.R",
        "publishable/rates.py",
    }
    assert not any(MARKER.encode() in content for content in leaving.values())


def test_names_of_steps_do_not_leave(folder):
    path = folder()
    (path / "clean.ipynb").rename(path / f"{MARKER}.ipynb")
    (path / "analysis.yaml").write_text(f"steps: [{MARKER}.ipynb]")

    leaving = copies(_read(path))

    assert not any(MARKER in name for name in leaving)
    assert not any(MARKER.encode() in content for content in leaving.values())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"model.R": "x <- '010190-1234'"}, "model.R: it holds a CPR number"),
        ({"rates.py": "# 010190-1234"}, "rates.py: it holds a CPR number"),
        ({"p0101901234.py": "x = 1"}, ""),
        ({"a 010190-1234.py": "x = 1"}, "a file: it holds a CPR number"),
        ({"notes.txt": "010190-1234"}, ""),
    ],
)
def test_an_identifier_in_a_script_or_a_name_is_suspected(folder, files, told):
    found = suspicions_in(_read(folder(**files)))

    assert [str(each) for each in found] == ([told] if told else [])


def test_bytes_that_are_no_text_do_not_leave(folder):
    path = folder("steps: [clean.ipynb]")
    (path / "rates.py").write_bytes(b"x = 1\0\xff\xfe\n")

    leaving = copies(_read(path))["publishable/rates.py"]

    assert leaving.decode() == "x = 1\ufffd\ufffd\n"


@pytest.mark.parametrize(
    "value",
    ["2024-02-30", "9" * 5_000, "[" * 3_000, '!!int ""', "!!bool x", "!!timestamp x"],
    ids=["no-day", "digits", "nested", "no-integer", "no-truth", "no-time"],
)
def test_a_value_that_yaml_stumbles_over_is_refused(value):
    content = f"parameters: {{seed: {value}}}".encode()

    with pytest.raises(InputError, match="cannot be read"):
        Description.of({"analysis.yaml": content})


def test_a_description_may_be_empty():
    assert Description.of({"analysis.yaml": b""}) == Description()
    assert layout.PLAN not in layout.FILES
