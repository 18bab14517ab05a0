"""The report of a re-run as one page of HTML that needs nothing else.

It shows outputs of an analysis, which are anybody's text: the template escapes all of
it, pictures are decoded and drawn anew, and the page itself forbids scripts and loads.
"""

import base64
import io
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from enclave.archive.comparison.compare import ComparedOutput
from enclave.archive.comparison.images import pixels
from enclave.archive.comparison.outputs import as_text, results
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Report
from enclave.archive.manifest import Manifest
from enclave.archive.notebook import Notebook


_TEMPLATE = "report_page.html"
_BITMAPS = ("image/png", "image/jpeg")

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Side(NamedTuple):
    """A picture of either copy, as a ``data:`` address; None where there is none."""

    archived: str | None
    rerun: str | None


def page(
    report: Report,
    sealed: Manifest,
    archived: Notebook | None = None,
    rerun: Notebook | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    report
        The verdict and what it rests on.
    sealed
        What was archived.
    archived, rerun
        The two executed copies, from which changed pictures are shown side by side.
    """
    outputs = report.comparison.outputs if report.comparison else ()
    return _ENVIRONMENT.get_template(_TEMPLATE).render(
        report=report,
        sealed=sealed,
        outputs=[
            (output, _pictures(report, output, archived, rerun)) for output in outputs
        ],
        fired=sorted({rule for output in outputs for rule in output.rules}),
    )


def _pictures(
    report: Report,
    output: ComparedOutput,
    archived: Notebook | None,
    rerun: Notebook | None,
) -> Side | None:
    if output.verdict is Verdict.IDENTICAL or output.place is None:
        return None
    largest = report.policy.largest_image
    side = Side(_picture(archived, output, largest), _picture(rerun, output, largest))
    return side if any(side) else None


def _picture(
    notebook: Notebook | None, output: ComparedOutput, largest: int
) -> str | None:
    """Draw the picture of an output anew, so that nothing else of its file is shown."""
    if notebook is None or output.place is None or output.cell is None:
        return None
    if output.cell > len(notebook.cells):
        return None
    shown = results(notebook.cells[output.cell - 1])[output.place : output.place + 1]
    encoded = [
        as_text(one.data[mime])
        for one in shown
        for mime in _BITMAPS
        if mime in one.data
    ]
    decoded = pixels(encoded[0], largest=largest) if encoded else None
    if decoded is None:
        return None
    file = io.BytesIO()
    Image.fromarray(decoded).save(file, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
