"""A receipt as a page of Markdown, first in English, then in Danish."""

from collections.abc import Iterator

from enclave.cohort.wording import Language
from enclave.delivery.receipt import Receipt
from enclave.delivery.receipt_sentences import number, phrases


RULE = "---"


def as_markdown(receipt: Receipt) -> str:
    """Write a receipt for people."""
    lines = [*_page(receipt, "en"), "", RULE, "", *_page(receipt, "da")]
    return "\n".join(lines) + "\n"


def _page(receipt: Receipt, language: Language) -> Iterator[str]:
    words, content = phrases(language), receipt.model_dump()
    yield words["heading"].format(**content)
    yield ""
    yield words["source"].format(**content)
    yield ""
    yield from (f"> {line}  " for line in content[f"question_{language}"].splitlines())
    yield ""
    yield from (f"* {said[language]}" for said in content["statements"])
    yield ""
    yield words["columns"]
    yield "|---|---:|---:|---:|---:|"
    for table in content["tables"]:
        name, *counts = table.values()
        cells = [name, *(number(count, language) for count in counts)]
        yield f"| {' | '.join(cells)} |"
