"""The rules of the gate in a few sentences, for the people they apply to."""

import math
from functools import cache
from importlib import resources
from typing import Literal

import yaml

from enclave.disclosure.accounting import epsilon
from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import reach


Language = Literal["en", "da"]
# Two sexes, and ten years of age up to 100.
_BY_SEX_AND_AGE = 20


def explain(policy: Policy, language: Language) -> tuple[str, ...]:
    """Say what happens to a count before it is shown, and why.

    Returns
    -------
    tuple of str
        Sentences in English (``en``) or Danish (``da``), with the values in force.
    """
    spent = f"{epsilon(policy.person_30_days, sigma=policy.sigma):.1f}"
    values = policy.model_dump(exclude={"grammar"}) | {
        "sigma": f"{policy.sigma:g}",
        "two_sigma": f"{2 * policy.sigma:g}",
        "reach": reach(policy),
        "cells_reach": reach(policy, cells=_BY_SEX_AND_AGE),
        "sigma_of_half": f"{math.sqrt(2) * policy.sigma:.0f}",
        "epsilon": spent.replace(".", ",") if language == "da" else spent,
        "ages": ", ".join(map(str, policy.grammar.ages)),
        "predicates": policy.grammar.predicates,
    }
    return tuple(sentence.format_map(values) for sentence in _sentences()[language])


@cache
def _sentences() -> dict[Language, list[str]]:
    file = resources.files("enclave.disclosure") / "explanation.yaml"
    sentences: dict[Language, list[str]] = yaml.safe_load(
        file.read_text(encoding="utf-8")
    )
    return sentences
