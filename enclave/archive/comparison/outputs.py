"""The outputs of one cell against each other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Any, NamedTuple

from enclave.archive.comparison.documents import compare_documents
from enclave.archive.comparison.drift import explained_on_stderr
from enclave.archive.comparison.finding import Finding, differing, merge
from enclave.archive.comparison.images import compare_images
from enclave.archive.comparison.markup import compare_markup
from enclave.archive.comparison.policy import SANITISER
from enclave.archive.comparison.sanitiser import sanitise
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.notebook import Cell, Output


_MARKUP = frozenset({"text/html", "image/svg+xml"})
_TEXTS = frozenset({"application/javascript", "application/x-tex"})


class Pair(NamedTuple):
    """The same output in both copies, and what comparing them found.

    ``place`` counts from 0 what a cell shows beside its streams; a stream has none.
    """

    kind: str
    finding: Finding
    place: int | None = None


def compare_outputs(
    comparer: TextComparer, archived: Cell, rerun: Cell
) -> Iterator[Pair]:
    """Compare what two copies of a cell show.

    Each stream is one text, however its pieces arrived; everything else is compared
    with what stands at the same place among the rest.
    """
    first, second = streams(archived), streams(rerun)
    for name in sorted(first.keys() | second.keys()):
        one, other = first.get(name), second.get(name)
        finding = _compare_streams(comparer, one, other)
        if name == "stderr":
            finding = explained_on_stderr(finding, comparer.circumstances)
        yield Pair(name, finding)
    pairs = zip_longest(results(archived), results(rerun))
    for place, (before, after) in enumerate(pairs):
        kind, finding = _compare_results(comparer, before, after)
        yield Pair(kind, finding, place)


def streams(cell: Cell) -> dict[str, str]:
    """Return what a cell printed, by stream, as a terminal would show it."""
    joined: dict[str, str] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            joined[output.name] = joined.get(output.name, "") + output.text
    return {name: as_shown(text) for name, text in joined.items() if text}


def results(cell: Cell) -> list[Output]:
    """Return what a cell shows beside its streams."""
    return [output for output in cell.outputs if output.output_type != "stream"]


def as_shown(text: str) -> str:
    """Do what carriage returns and backspaces ask for; progress bars live on them."""
    return "\n".join(map(_line_as_shown, text.replace("\r\n", "\n").split("\n")))


def _line_as_shown(line: str) -> str:
    # The last one of a line overwrites nothing. Each step looks at the line once: a
    # regular expression would begin anew at every character of a long one.
    line = line[line.rfind("\r", 0, -1) + 1 :]
    if "\b" not in line:
        return line
    shown: list[str] = []
    for character in line:
        if character == "\b" and shown and shown[-1] != "\b":
            shown.pop()
        else:
            shown.append(character)
    return "".join(shown)


def as_text(value: Any) -> str:
    """Return a MIME value that is text: nbformat also keeps it as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _compare_streams(
    comparer: TextComparer, archived: str | None, rerun: str | None
) -> Finding:
    if archived is None or rerun is None:
        # One of two equal runs may print a remark, and nothing else. Where there is
        # more than white space, it was a noise rule that has taken all there is.
        found = comparer.compare(archived or "", rerun or "")
        noise = bool((archived or rerun or "").strip())
        same = noise and found.verdict is Verdict.IDENTICAL
        return found if same else _one_sided(archived is None)
    return overlooking(comparer.compare, comparer, archived, rerun)


def _compare_results(
    comparer: TextComparer, archived: Output | None, rerun: Output | None
) -> tuple[str, Finding]:
    if archived is None or rerun is None:
        there = archived or rerun
        return _kind(there) if there else "output", _one_sided(archived is None)
    kind = _kind(archived)
    if "error" in (archived.output_type, rerun.output_type):
        return kind, _compare_errors(comparer, archived, rerun)
    finding = merge(
        [
            *_compare_bundles(comparer, archived.data, rerun.data),
            compare_documents(
                comparer, archived.metadata, rerun.metadata, where="metadata"
            ),
        ]
    )
    return kind, finding


def _compare_errors(comparer: TextComparer, archived: Output, rerun: Output) -> Finding:
    # The traceback holds paths and addresses of the run; nbval leaves it out as well.
    if archived.output_type != rerun.output_type or archived.ename != rerun.ename:
        return differing("error", _kind(archived), _kind(rerun), "other error")
    return comparer.compare(archived.evalue, rerun.evalue, where="error")


def _compare_bundles(
    comparer: TextComparer, archived: dict[str, Any], rerun: dict[str, Any]
) -> Iterator[Finding]:
    for mime in sorted(archived.keys() | rerun.keys()):
        if mime not in archived or mime not in rerun:
            yield _one_sided(mime not in archived, what=mime)
        else:
            yield _compare_mime(comparer, mime, archived[mime], rerun[mime])


def _compare_mime(
    comparer: TextComparer, mime: str, archived: Any, rerun: Any
) -> Finding:
    if mime.endswith("json"):
        return compare_documents(comparer, archived, rerun)
    first, second = as_text(archived), as_text(rerun)
    if mime in _MARKUP:
        markup = partial(compare_markup, comparer)
        return overlooking(markup, comparer, first, second)
    if mime.startswith("image/"):
        return compare_images(first, second, comparer)
    if mime.startswith("text/") or mime in _TEXTS:
        text = partial(comparer.compare, where=mime)
        return overlooking(text, comparer, first, second)
    same = type(archived) is type(rerun) and archived == rerun
    return Finding() if same else differing(mime, "(bytes)", "(bytes)", "other bytes")


def overlooking(
    compare: Callable[[str, str], Finding],
    comparer: TextComparer,
    archived: str,
    rerun: str,
) -> Finding:
    """Compare two texts; where they differ, without what the author overlooks.

    What that hides is not equal: it is a drift, which shows both texts.
    """
    found = compare(archived, rerun)
    patterns = comparer.policy.sanitisers
    if found.verdict is not Verdict.DIFFERS or not patterns:
        return found
    cleaned = compare(sanitise(archived, patterns), sanitise(rerun, patterns))
    if cleaned.verdict is Verdict.DIFFERS:
        return cleaned
    drift = Verdict.EXPLAINED_DRIFT
    return Finding(
        drift,
        tuple(
            replace(each, reason=f"{each.reason}: {SANITISER}", verdict=drift)
            for each in found.differences
        ),
        cleaned.rules | {SANITISER},
    )


def _one_sided(missing_in_archive: bool, *, what: str = "output") -> Finding:  # noqa: FBT001 - one of two sides
    if missing_in_archive:
        return differing(what, "(nothing)", what, "additional in the re-run")
    return differing(what, what, "(nothing)", "missing in the re-run")


def _kind(output: Output) -> str:
    if output.output_type == "error":
        return f"error {output.ename}"
    return ", ".join(sorted(output.data)) or "empty"
