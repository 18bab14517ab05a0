"""What a person may read of the reviews of an application, and say about it."""

from typing import Any

from sqlalchemy.orm import Session

from enclave.projects import kinds, ownership, reviews
from enclave.projects.machine import State
from enclave.projects.people import Role
from enclave.store.project_tables import Account, Application
from enclave.store.review_tables import ApplicationRecusal, ApplicationVote


# They weigh the votes; reviewers see them after giving their own.
_READERS = frozenset({Role.CORE, Role.EXCOM, Role.DATA_MANAGER, Role.AUDITOR})
_UNDER_REVIEW = frozenset({State.SAC_REVIEW, State.EXCOM_DECISION})


def document(
    session: Session, application: Application, account: Account
) -> dict[str, Any]:
    """Return votes and comments as far as this person may read them.

    The applicant's side reads remarks without names, scores and hidden remarks, and
    none before the committees are done.
    """
    side = ownership.takes_part(session, application, account)
    barred = ownership.barred(session, application, account)
    rules = kinds.of(application.kind)
    reviewer = bool(rules.commentators & account.roles)
    voting = rules.voting
    in_vote = bool(voting and application.state == voting.state)
    recusal = session.get(ApplicationRecusal, (application.id, account.name))
    return {
        "may_vote": in_vote
        and not barred
        and bool(voting and voting.role in account.roles),
        "may_comment": reviewer and not barred,
        "may_step_aside": reviewer and not side and recusal is None,
        "stepped_aside": recusal is not None,
        "votes_needed": voting.at_least if voting and in_vote else 0,
        "votes": _votes(session, application, account, side=side),
        "comments": _comments(session, application, side=side or not reviewer),
    }


def _votes(
    session: Session, application: Application, account: Account, *, side: bool
) -> list[dict[str, Any]]:
    given = reviews.votes_on(session, application)
    if side:
        if application.state in _UNDER_REVIEW:
            return []
        return [
            {
                "who": f"{number}",
                "choice": one.choice,
                "score": None,
                "remark": one.remark,
                "hidden_remark": "",
            }
            for number, one in enumerate(given, start=1)
        ]
    own = any(one.account == account.name for one in given)
    if not own and not _READERS & account.roles:
        return []
    return [_whole(one) for one in given]


def _whole(one: ApplicationVote) -> dict[str, Any]:
    return {
        "who": one.account,
        "choice": one.choice,
        "score": one.score,
        "remark": one.remark,
        "hidden_remark": one.hidden_remark,
    }


def _comments(
    session: Session, application: Application, *, side: bool
) -> list[dict[str, Any]]:
    return [
        {
            "field": one.field,
            "text": one.text,
            "hidden": one.hidden,
            "who": "" if side else one.author,
            "at": one.at.isoformat(),
            "released": one.released is not None,
            "current": one.form_digest == application.form_digest,
        }
        for one in reviews.comments_on(session, application)
        if not side or (one.released is not None and not one.hidden)
    ]
