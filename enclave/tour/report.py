"""The report: one HTML file that holds everything, pictures included."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from enclave import durable
from enclave.tour.journey import Step, Tour
from enclave.tour.pictures import Bar, attrition
from enclave.tour.progress import DoneStep, without_password


Facts = Mapping[str, Any]

_WORDS = {
    "identical": "Identical",
    "numerically equal": "Numerically equal",
    "explained drift": "Explained drift",
    "differs": "Differs",
    "could not run": "Could not run",
}
REPRODUCED = ("identical", "numerically equal")


@dataclass(frozen=True)
class Quote:
    """A text with its language."""

    language: str
    text: str


@dataclass(frozen=True)
class Picture:
    """A picture, as markup to be put into the page."""

    markup: Markup
    caption: str


@dataclass(frozen=True)
class Shown:
    """What the report shows of a step."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Section(Shown):
    """A step in the report."""

    name: str = ""
    title: str = ""
    seconds: float = 0.0
    peak_mib: float = 0.0


def write(tour: Tour, steps: list[Step]) -> Path:
    """Write the report of a tour that came to its end."""
    titles = {step.name: step.title for step in steps}
    sections = [_section(done, titles[done.name]) for done in tour.progress.steps]
    outcome = tour["rerun_analysis"]
    page = (
        Environment(loader=PackageLoader("enclave.tour", "."), autoescape=True)
        .get_template("report.html.j2")
        .render(
            plan=tour.plan,
            source_name=Path(without_password(tour.source)).name,
            steps=sections,
            total_seconds=round(sum(step.seconds for step in tour.progress.steps), 1),
            verdict=_WORDS[outcome["verdict"]],
            reproduced=outcome["verdict"] in REPRODUCED,
            compared=_compared(outcome),
            certificate=Path(outcome["certificate"]).name,
        )
    )
    path = tour.folder / "report.html"
    durable.write_file(path, page.encode())
    return path


def _section(done: DoneStep, title: str) -> Section:
    shown = _SHOWN[done.name](done.facts)
    return Section(
        **vars(shown),
        name=done.name,
        title=title,
        seconds=done.seconds,
        peak_mib=done.peak_mib,
    )


def _prepare(facts: Facts) -> Shown:
    return Shown(rows=[("People", ", ".join(facts["people"]))])


def _load(facts: Facts) -> Shown:
    return Shown(
        rows=[
            ("Snapshot", f"{facts['snapshot']} ({facts['digest'][:16]}…)"),
            ("Persons", f"{facts['persons']:,}"),
            ("Rows", f"{facts['rows']:,}"),
        ],
        table=_table(["Table", "Rows", "Persons"], facts["tables"]),
    )


def _search(facts: Facts) -> Shown:
    found = [("Found", hit) for hit in facts["hits"]]
    return Shown(
        rows=[
            ("Variables in the catalogue", str(facts["variables"])),
            ("Searched for", facts["text"]),
            *(found or [("Found", "nothing")]),
        ]
    )


def _ask(facts: Facts) -> Shown:
    return Shown(
        rows=[("Digest", f"{facts['digest'][:16]}…")],
        quotes=[Quote("en", facts["en"]), Quote("da", facts["da"])],
    )


def _count(facts: Facts) -> Shown:
    bars = [Bar(label, shown, value) for label, shown, value in facts["attrition"]]
    return Shown(
        rows=[
            ("Persons", facts["shown"]),
            ("New questions left this month", str(facts["budget_left"])),
        ],
        pictures=[
            Picture(
                # The drawing escapes its own texts.
                Markup(attrition(bars)),  # noqa: S704
                "Persons left after each step: with noise, and rounded.",
            )
        ],
    )


def _application(facts: Facts) -> Shown:
    rows = [("Application", str(facts.get("application", ""))), ("Now", facts["state"])]
    if "variables" in facts:
        rows.append(("Variables", ", ".join(facts["variables"])))
    return Shown(rows=rows)


def _approve(facts: Facts) -> Shown:
    return Shown(
        rows=[
            ("Proposal", facts["state"]),
            ("Project", f"{facts['project']}: {facts['title']}"),
        ]
    )


def _grant(facts: Facts) -> Shown:
    return Shown(
        rows=[
            ("Grant", f"{facts['grant']} ({facts['digest'][:16]}…)"),
            ("Members", ", ".join(facts["members"])),
            ("Until", facts["end"]),
        ]
    )


def _deliver(facts: Facts) -> Shown:
    english = facts["receipt"].split("\n# ")[0]
    statements = [
        line.removeprefix("* ")
        for line in english.splitlines()
        if line.startswith("* ")
    ]
    return Shown(
        rows=[
            ("Version", str(facts["version"])),
            ("Persons", f"{facts['persons']:,}"),
            ("Manifest", f"{facts['manifest'][:16]}…"),
        ],
        table=_table(["Table", "Rows", "Persons", "Columns"], facts["tables"]),
        quotes=[Quote("en", "\n".join(statements))],
    )


def _kernel(facts: Facts) -> Shown:
    return Shown(
        rows=[
            (name, f"{packages} packages, locked with hashes")
            for name, packages in facts["kernels"]
        ]
    )


def _archive(facts: Facts) -> Shown:
    notebook = json.loads((Path(facts["folder"]) / "executed.ipynb").read_text())
    outputs = [
        output for cell in notebook["cells"] for output in cell.get("outputs", [])
    ]
    images = [
        output["data"]["image/png"]
        for output in outputs
        if "image/png" in output.get("data", {})
    ]
    return Shown(
        rows=[("Archived as", facts["analysis"])],
        pictures=[
            Picture(_image(one), "From the archived analysis.") for one in images
        ],
        printed=[text for output in outputs if (text := _printed(output))],
    )


def _printed(output: Facts) -> str:
    """Return an output's text, unless it is only the name of a picture."""
    data = output.get("data", {})
    text = "" if "image/png" in data else data.get("text/plain", output.get("text", ""))
    joined = text if isinstance(text, str) else "".join(text)
    return joined.removeprefix("<class 'statsmodels.iolib.summary2.Summary'>\n").strip(
        '"\n'
    )


def _rerun(facts: Facts) -> Shown:
    return Shown(
        rows=[
            ("Verdict", _WORDS[facts["verdict"]]),
            ("Kernel", facts["kernel"]),
            ("Data", facts["data"]),
            ("Outputs", _compared(facts)),
        ]
    )


def _verify(facts: Facts) -> Shown:
    return Shown(
        rows=[
            ("Certificate", "the signature holds"),
            ("Public key", facts["public_key"]),
            ("Audit log", f"{facts['entries']} entries, the chain holds"),
        ]
    )


_SHOWN: dict[str, Callable[[Facts], Shown]] = {
    "prepare": _prepare,
    "load": _load,
    "search": _search,
    "ask": _ask,
    "count": _count,
    "propose": _application,
    "approve": _approve,
    "request": _application,
    "issue_grant": _grant,
    "deliver_data": _deliver,
    "install_kernel": _kernel,
    "archive": _archive,
    "rerun_analysis": _rerun,
    "verify": _verify,
}


def _compared(outcome: Facts) -> str:
    if outcome["cause"]:
        return f"Cause: {outcome['cause']}."
    counted = [
        f"{number} {name}" for name, number in outcome["outputs"].items() if number
    ]
    return f"Outputs: {', '.join(counted)}."


def _table(head: list[str], rows: list[list[Any]]) -> list[list[str]]:
    return [head, *([_cell(value) for value in row] for row in rows)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _image(base64_png: str) -> Markup:
    source = escape("".join(base64_png.split()))
    return Markup('<img alt="Figure" src="data:image/png;base64,{}">').format(source)
