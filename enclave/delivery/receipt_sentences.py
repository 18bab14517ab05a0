"""The sentences of receipts, in English and Danish, and the numbers in them."""

from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from enclave.cohort.wording import Language


class Statement(BaseModel):
    """One sentence of a receipt, and the number it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    n: int | None
    en: str
    da: str


def statement(code: str, n: int | None = None, **facts: str | int) -> Statement:
    """Fill in one of the statements of ``receipt_sentences.yaml``."""
    texts = _texts()["statements"][code]
    return Statement(
        code=code,
        n=n,
        en=texts["en"].format(n=number(n or 0, "en"), **facts),
        da=texts["da"].format(n=number(n or 0, "da"), **facts),
    )


def phrases(language: Language) -> dict[str, str]:
    """Return what a page says around the statements."""
    return {name: both[language] for name, both in _texts()["page"].items()}


def number(value: int, language: Language) -> str:
    """Write a number with a sign between thousands."""
    text = f"{value:,}"
    return text.replace(",", ".") if language == "da" else text


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    file = resources.files("enclave.delivery") / "receipt_sentences.yaml"
    texts: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
        file.read_text("utf-8")
    )
    return texts
