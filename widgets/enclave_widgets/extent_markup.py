"""HTML of how many values there are of variables, and since when."""

from collections.abc import Mapping
from html import escape

from enclave.feasibility.answers import ExtentAnswer, ExtentsAnswer
from enclave_widgets.words import WORDS, Language


def extents(
    answer: ExtentsAnswer, labels: Mapping[str, str], language: Language
) -> str:
    """Write a row for each variable.

    Parameters
    ----------
    labels
        What variables (``lab.value``) are called.
    """
    words = WORDS[language]
    heads = (words.variable, words.each_has, words.first_year, words.last_year)
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    rows = "".join(_row(one, labels, language) for one in answer.variables)
    said = f'<p class="enc-note">{escape(words.extent_note)}</p>'
    return (
        f'<div class="enc-scroll" tabindex="0"><table class="enc-list-table">'
        f"<caption>{escape(words.by_extent)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{said}{_why_hidden(answer, language)}"
    )


def _row(one: ExtentAnswer, labels: Mapping[str, str], language: Language) -> str:
    name = escape(labels.get(one.name, one.name))
    words = WORDS[language]
    first = str(one.first_year or "-")
    if one.or_earlier:
        first = words.or_earlier.format(year=first)
    cells = (_number(one, language), first, str(one.last_year or "-"))
    # On a telephone, each cell has the name of its column beside it.
    heads = (words.each_has, words.first_year, words.last_year)
    columns = "".join(
        f'<td data-head="{escape(head)}">{escape(text)}</td>'
        for head, text in zip(heads, cells, strict=True)
    )
    return f'<tr><th scope="row">{name}</th>{columns}</tr>'


def _number(one: ExtentAnswer, language: Language) -> str:
    low, high = one.median_from, one.median_to
    if low is None:
        return "-"
    if high is None:
        return f"{low}+"
    if low == high:
        return str(low)
    return WORDS[language].from_to.format(low=low, high=high)


def _why_hidden(answer: ExtentsAnswer, language: Language) -> str:
    why = [getattr(one, f"hidden_{language}") for one in answer.variables]
    reasons = "".join(
        f"<p>{escape(one)}</p>" for one in dict.fromkeys(filter(None, why))
    )
    if not reasons:
        return ""
    summary = escape(WORDS[language].hidden_cells)
    return f"<details open><summary>{summary}</summary>{reasons}</details>"
