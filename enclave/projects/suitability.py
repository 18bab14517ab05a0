"""Whether the enclave suits a project: the four exemptions of the Forskermaskine.

Sundhedsdatastyrelsen lets a project work elsewhere where its researcher machine cannot
serve it: the tools are not there, the types of data are not supported, the volumes are
too large, or results must be taken out all the time. What suits is a setting of the
site; the numbers below are ours, and stand in one place.
"""

from dataclasses import dataclass
from enum import StrEnum

from enclave.projects.forms import ProposalForm


LARGEST_GIGABYTES = 2_000
MOST_OUTPUTS_PER_MONTH = 8
_SUPPORTED = frozenset({"tables", "text", "signals"})
_LICENSED = frozenset({"sas", "stata"})


class Exemption(StrEnum):
    """Why a project might not work in the enclave."""

    TOOLS = "tools"
    DATA_TYPES = "data_types"
    VOLUME = "volume"
    OUTPUTS = "outputs"


@dataclass(frozen=True)
class Finding:
    """One exemption that a project meets, and the suggestion that follows."""

    exemption: Exemption
    text: str


def findings(form: ProposalForm) -> list[Finding]:
    """Return the exemptions that a proposal meets; none where the enclave suits it."""
    use = form.enclave_use
    found = []
    if "other" in use.tools:
        found.append(_TOOLS)
    elif _LICENSED & {*use.tools}:
        found.append(_LICENCE)
    if not {*use.data_types} <= _SUPPORTED:
        found.append(_DATA_TYPES)
    if use.gigabytes > LARGEST_GIGABYTES:
        found.append(_VOLUME)
    if use.outputs_per_month > MOST_OUTPUTS_PER_MONTH:
        found.append(_OUTPUTS)
    return found


_TOOLS = Finding(
    Exemption.TOOLS,
    "the enclave has Python and R, and SAS or Stata where the site has a licence: ask a"
    " data manager whether the other tool can be installed, or apply for a delivery to"
    " an approved place that has it",
)
_LICENCE = Finding(
    Exemption.TOOLS,
    "SAS and Stata run only where the site has a licence: ask a data manager, or plan"
    " the analysis in R or Python",
)
_DATA_TYPES = Finding(
    Exemption.DATA_TYPES,
    "images and genomes are not in the warehouse and no workspace is made for them:"
    " work with derived variables here, or apply to a genome or image platform",
)
_VOLUME = Finding(
    Exemption.VOLUME,
    f"more than {LARGEST_GIGABYTES:,} GB is more than a workspace holds: ask for fewer"
    " variables or years, or agree on a cluster with the data managers first",
)
_OUTPUTS = Finding(
    Exemption.OUTPUTS,
    f"more than {MOST_OUTPUTS_PER_MONTH} results a month are each checked by a person,"
    " which takes days: collect them, or let a dashboard answer inside the enclave",
)
