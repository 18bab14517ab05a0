"""The page that tells a reader of the folder what it is."""

from collections.abc import Iterable, Sequence

from enclave.archive.layout import known
from enclave.archive.manifest import Subject
from enclave.archive.publishable import Suspicion


_PAGE = """\
# {subject.id}

{subject.title}

Archived on {subject.archived:%Y-%m-%d} by {subject.account} in project
{subject.project}: run in kernel {kernel.name} on version {delivery.version} of the
project's data, from snapshot {delivery.snapshot.number} of the warehouse.

| file | what it is |
|---|---|
{rows}

`enclave archive verify {subject.id}` checks that nothing was changed.
`enclave rerun {subject.id} --as ACCOUNT` executes it again and compares the two.
"""

_WITHHELD = """\
There is no publishable copy, because text in the source looks like an identifier:
{found}. Remove it and submit the notebook again.
"""


def readme(
    subject: Subject, files: Iterable[str], suspicions: Sequence[Suspicion]
) -> str:
    """Return the README of an archived analysis.

    Parameters
    ----------
    subject
        What was archived.
    files
        Names of the files in the folder.
    suspicions
        Why the publishable copy was withheld; empty if it was not.
    """
    rows = "\n".join(
        f"| `{name}` | {known(name).description} |" for name in sorted(files)
    )
    page = _PAGE.format(
        subject=subject, kernel=subject.kernel, delivery=subject.delivery, rows=rows
    )
    if not suspicions:
        return page
    found = "; ".join(map(str, suspicions))
    return f"{page}\n{_WITHHELD.format(found=found)}"
