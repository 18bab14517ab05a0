"""An identifier is put into each hiding place of a notebook; none may come through."""

import base64
import copy
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nbformat import reads
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from enclave.archive.notebook import Notebook
from enclave.archive.publishable import publishable, suspicions
from enclave.identity.pseudonyms import Pseudonyms


MARKER = "Leak-Kirsten-4711"
Document = dict[str, Any]


def _png_with_text() -> str:
    noted = PngInfo()
    noted.add_text("Comment", MARKER)
    file = io.BytesIO()
    Image.new("RGB", (3, 3)).save(file, format="PNG", pnginfo=noted)
    return base64.b64encode(file.getvalue()).decode()


def _show(data: dict[str, Any], **more: Any) -> Document:
    return {"output_type": "display_data", "data": data, "metadata": {}, **more}


def _output(output: Document) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        notebook["cells"][2]["outputs"].append(output)

    return plant


def _prose(text: str) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        notebook["cells"][0]["source"] += f"\n\n{text}\n"

    return plant


def _cell_metadata(**metadata: Any) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        notebook["cells"][2]["metadata"].update(metadata)

    return plant


def _metadata(**metadata: Any) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        notebook["metadata"].update(metadata)

    return plant


def _add_cell(cell: Document) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        notebook["cells"].append({"id": "more", "metadata": {}, **cell})

    return plant


def _set(*path: Any) -> Callable[[Document], None]:
    def plant(notebook: Document) -> None:
        at: Any = notebook
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = MARKER

    return plant


HIDING_PLACES: dict[str, Callable[[Document], None]] = {
    "printed text": _output(
        {"output_type": "stream", "name": "stdout", "text": MARKER}
    ),
    "warning": _output({"output_type": "stream", "name": "stderr", "text": MARKER}),
    "text representation": _output(_show({"text/plain": MARKER})),
    "HTML representation": _output(_show({"text/html": f"<b>{MARKER}</b>"})),
    "table as data": _output(
        _show({"application/vnd.dataresource+json": {"data": [{"name": MARKER}]}})
    ),
    "hover text of a chart": _output(
        _show({"application/vnd.plotly.v1+json": {"data": [{"customdata": MARKER}]}})
    ),
    "note inside a picture": _output(_show({"image/png": _png_with_text()})),
    "metadata of a picture": _output(
        _show({"text/plain": ""}, metadata={"image/png": {"width": MARKER}})
    ),
    "error": _output(
        {
            "output_type": "error",
            "ename": MARKER,
            "evalue": MARKER,
            "traceback": [MARKER],
        }
    ),
    "unknown field of an output": _output(_show({"text/plain": ""}, extra=MARKER)),
    "state of widgets": _metadata(
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {"a": MARKER}}}
    ),
    "papermill parameters": _metadata(papermill={"parameters": {"patient": MARKER}}),
    "papermill paths": _metadata(papermill={"input_path": f"/home/{MARKER}.ipynb"}),
    "title and authors": _metadata(title=MARKER, authors=[{"name": MARKER}]),
    "name of the kernel": _metadata(
        kernelspec={"name": MARKER, "display_name": MARKER}
    ),
    "language": _metadata(language_info={"name": MARKER, "version": MARKER}),
    "unknown field of the notebook": _set(MARKER),
    "tag": _cell_metadata(tags=["parameters", MARKER]),
    "metadata of a cell": _cell_metadata(slideshow={"notes": MARKER}, name=MARKER),
    "id of a cell": _set("cells", 2, "id"),
    "unknown field of a cell": _set("cells", 2, "comment"),
    "execution count": _set("cells", 2, "execution_count"),
    "injected parameters": _add_cell(
        {
            "cell_type": "code",
            "source": f"patient = '{MARKER}'",
            "metadata": {"tags": ["injected-parameters"]},
            "outputs": [],
            "execution_count": 1,
        }
    ),
    "banner of an error": _add_cell(
        {
            "cell_type": "markdown",
            "source": f"<span>{MARKER}</span>",
            "metadata": {"tags": ["papermill-error-cell-tag"]},
        }
    ),
    "raw cell": _add_cell({"cell_type": "raw", "source": MARKER}),
    "attachment and its name": _add_cell(
        {
            "cell_type": "markdown",
            "source": f"![](attachment:{MARKER}.png)",
            "attachments": {f"{MARKER}.png": {"image/png": MARKER}},
        }
    ),
    "comment in prose": _prose(f"<!-- {MARKER} -->"),
    "open comment in prose": _prose(f"<!-- {MARKER}"),
    "reference nobody sees": _prose(f"[//]: # ({MARKER})"),
    "picture written into prose": _prose(
        f"![chart](data:image/png;base64,{MARKER}) <img src='x' alt='{MARKER}'>"
    ),
    "address that holds data": _prose(f"[chart](data:text/plain,{MARKER})"),
}


@pytest.fixture
def document(build) -> Document:
    cells = [
        build.markdown("# Survival\n\nby group"),
        build.code("n = 5", tags=("parameters",)),
        build.code("# NBVAL_SKIP\nprint(n)", tags=("nbval-skip",)),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"original-{number}"
    return build.document(*cells)


def _published(document: Document) -> Document:
    # Through text, as a file would be: what a place cannot hold is an error here.
    notebook = Notebook.model_validate_json(json.dumps(document))
    return publishable(notebook, kernel="python-2026.12", language="python")


def test_there_are_more_hiding_places_than_the_known_22():
    assert len(HIDING_PLACES) > 22


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_nothing_comes_through(place: str, document: Document):
    planted = copy.deepcopy(document)
    HIDING_PLACES[place](planted)
    assert MARKER in json.dumps(planted) or place == "note inside a picture"

    text = json.dumps(_published(planted))

    assert MARKER not in text
    assert base64.b64encode(MARKER.encode()).decode()[:12] not in text
    assert _png_with_text()[:40] not in text


def test_all_places_at_once(document: Document):
    clean = _published(document)
    for plant in HIDING_PLACES.values():
        plant(document)

    published = _published(document)

    assert MARKER not in json.dumps(published)
    code = [[c["source"] for c in n["cells"][1:3]] for n in (clean, published)]
    assert code[0] == code[1]


def test_code_and_prose_and_known_tags_stay(document: Document):
    published = _published(document)

    assert [cell["source"] for cell in published["cells"]] == [
        "# Survival\n\nby group",
        "n = 5",
        "# NBVAL_SKIP\nprint(n)",
    ]
    assert [cell["metadata"] for cell in published["cells"]] == [
        {},
        {"tags": ["parameters"]},
        {"tags": ["nbval-skip"]},
    ]
    assert published["metadata"]["kernelspec"]["name"] == "python-2026.12"


def test_the_copy_is_a_valid_notebook_and_stays_as_it_is(document: Document):
    published = _published(document)

    reads(json.dumps(published), as_version=4)  # validates
    assert _published(published) == published


def _full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


PSEUDONYM = Pseudonyms(bytes(range(32)), "key").of(np.array([12_345]))[0].as_py()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("known = '010190-1234'", "a CPR number"),
        ("known = 2512484916", "a CPR number"),
        ("known = '\uff12\uff15\uff11\uff12\uff14\uff18-4916'", "a CPR number"),
        ("known = '2512\u200b48-4916'", "a CPR number"),
        (f"worst = df.loc['{PSEUDONYM}']", "a pseudonym"),
        (f"worst = df.loc['{PSEUDONYM.lower()}']", "a pseudonym"),
        (f"worst = df.loc['{_full_width(PSEUDONYM)}']", "a pseudonym"),
    ],
)
@pytest.mark.parametrize("kind_of_cell", ["code", "markdown"])
def test_an_identifier_in_the_source_is_suspected(build, kind_of_cell, text, kind):
    part = {"code": build.code, "markdown": build.markdown}[kind_of_cell]
    notebook = build.notebook(build.code("n = 1"), part(f"x\n{text}\n"))

    (suspicion,) = suspicions(notebook)

    assert suspicion == (2, kind, "")


@pytest.mark.parametrize(
    "text",
    [
        "n = 1234567890",
        "sha = '5c1f0d7a9b3e5c1f0d7a9b3e5c1f0d7a'",
        "alpha = 'ABCDEFGHJKMNPQRSTVWXYZ0123'",
        "date = '2015-03-01'",
        "from statsmodels.duration.hazard_regression import PHReg",
    ],
)
def test_ordinary_code_is_not_suspected(build, text: str):
    assert suspicions(build.notebook(build.code(text))) == []


def test_what_is_not_published_is_not_suspected(build):
    raw = {"cell_type": "raw", "source": "010190-1234", "metadata": {}}
    notebook = build.notebook(raw, build.code("x", build.stream("010190-1234")))

    assert suspicions(notebook) == []
