"""Rules of the approvals that a form names, as the law has them.

Each function finds every problem of its kind.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from enclave.projects import approvals as rules
from enclave.projects import register
from enclave.projects.approvals import Approval, Authority
from enclave.projects.forms import Problem, Window


def approval_faults(approvals: tuple[Approval, ...], today: date) -> Iterator[Problem]:
    """Find approvals that cannot be what they say they are, or are there twice."""
    seen: set[tuple[str, str]] = set()
    for number, approval in enumerate(approvals):
        if text := rules.fault(approval, today):
            yield Problem(f"approvals[{number}]", text)
        key = (approval.authority, approval.journal_number)
        if key in seen:
            yield Problem(f"approvals[{number}]", "is there twice: keep it once")
        seen.add(key)


def fortegnelse(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    """Find that the record of processing activities is not named."""
    found = [one for one in approvals if one.authority is Authority.FORTEGNELSE]
    if not any(one.status != "not_applicable" for one in found):
        yield Problem(
            "approvals",
            "the entry in the fortegnelse is missing: every research project is in the"
            " record of processing activities (GDPR article 30), so add it",
        )


def ethics_committee(approvals: Iterable[Approval], today: date) -> Iterator[Problem]:
    """Find that the ethics committee's yes is missing, where nothing goes without."""
    if not any(
        one.authority is Authority.VEK and one.obtained and not one.expired(today)
        for one in approvals
    ):
        yield Problem(
            "approvals",
            "biological material and genomes may be used only with the approval of a"
            " research ethics committee (Komitéloven): add the VEK approval you"
            " obtained",
        )


def pending(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    """Find approvals that are not there yet."""
    for number, approval in enumerate(approvals):
        if approval.status == "pending":
            yield Problem(
                f"approvals[{number}]",
                f"{approval.authority} is still awaited: data are delivered only when"
                " every approval is obtained",
            )


def in_force(
    approvals: tuple[Approval, ...], window: Window, today: date
) -> Iterator[Problem]:
    """Find approvals that have expired, or do not cover the days asked for."""
    for approval in register.lapsed(approvals, today):
        yield Problem(
            "approvals",
            f"{approval.spoken()} expired on {approval.expires}: obtain its renewal",
        )
    for authority in dict.fromkeys(one.authority for one in approvals if one.obtained):
        held = [
            one
            for one in approvals
            if one.authority is authority and one.obtained and not one.expired(today)
        ]
        if held and not any(one.covers(window.start, window.end) for one in held):
            yield Problem(
                "window",
                f"{window.start} to {window.end} is not inside what"
                f" {held[0].spoken()} covers ({_span(held[0])}): narrow the window, or"
                " obtain a wider approval",
            )


def _span(approval: Approval) -> str:
    return f"{approval.data_from or 'open'} to {approval.data_to or 'open'}"


def unmentioned(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    """Find authorities of which nothing is said, unless the cohort's own suffice."""
    named = {one.authority for one in approvals}
    missing = [one.value for one in rules.ASKED_ABOUT if one not in named]
    suffices = any(
        one.authority is Authority.COHORT_APPROVAL and one.obtained for one in approvals
    )
    if missing and not suffices:
        yield Problem(
            "approvals",
            f"nothing is said about {', '.join(missing)}: say of each whether it is"
            " obtained, pending or not applicable",
        )


def record_basis(approvals: tuple[Approval, ...]) -> Iterator[Problem]:
    """Find that nothing allows the use of patient records."""
    if not any(
        one.authority in rules.RECORD_BASES and one.obtained for one in approvals
    ):
        yield Problem(
            "approvals",
            "nothing here allows the use of patient records: add the regional"
            " council's or ethics committee's approval, or the patients' consent"
            " (Sundhedsloven, sections 42 d and 46)",
        )
