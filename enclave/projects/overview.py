"""What is told about an application, and what a person could do to it."""

import json
from dataclasses import asdict
from typing import Any, get_args

from pydantic import ValidationError
from sqlalchemy.orm import Session

from enclave.cohort.labels import labels_of
from enclave.cohort.question import Question
from enclave.cohort.rendering import describe
from enclave.cohort.wording import Language
from enclave.projects import (
    attachments,
    case,
    departments,
    feasibility_use,
    machine,
    ownership,
    records,
)
from enclave.projects.form_warnings import warnings
from enclave.projects.forms import FormError, Problem, ProposalForm, read
from enclave.projects.machine import Guard, Transition
from enclave.store.project_tables import Account, Application, Project
from enclave.warehouse.catalogue import Catalogue


def possible(
    session: Session, application: Application, account: Account
) -> list[Transition]:
    """Return the actions a person may try now.

    Role, state and whose application it is are considered; whether the form or the
    approvals are in order shows when the action is tried.
    """
    leads = ownership.leads(session, application, account)
    made = application.created_by == account.name
    barred = ownership.barred(session, application, account)
    return [
        one
        for one in machine.leaving(application.kind, application.state)
        if account.roles & {*one.roles}
        and (leads or Guard.OWN not in one.guards)
        and (made or Guard.MADE not in one.guards)
        and not (barred and Guard.NOT_OWN in one.guards)
    ]


def summary(application: Application) -> dict[str, Any]:
    """Return an application as one row of a list."""
    return {
        "id": application.id,
        "kind": application.kind,
        "state": application.state,
        "version": application.version,
        "title": application.title,
        "created_by": application.created_by,
        "created": application.created.isoformat(),
        "changed": application.changed.isoformat(),
    }


def document(
    session: Session,
    application: Application,
    account: Account,
    catalogue: Catalogue | None = None,
) -> dict[str, Any]:
    """Return an application whole: form, history, and what this person may do.

    ``question`` holds the population in plain words, null where there is none yet; with
    a catalogue, codes are called by their names;
    ``problems`` what an unfinished form lacks, and ``warnings`` what looks odd in it;
    ``outcome`` what was answered to a feasibility request, or to the one that a
    proposal names; null until it is.
    """
    project = (
        session.get_one(Project, application.project_number)
        if application.project_number
        else None
    )
    form = case.document(application)
    return {
        **summary(application),
        "project": project.slug if project else None,
        "form": form,
        **_remarks(session, application),
        "attachments": [
            attachments.document(one) for one in attachments.every(session, application)
        ],
        "form_digest": application.form_digest,
        "question": _in_words(form.get("population"), catalogue),
        "outcome": _outcome(session, application),
        "history": [
            {
                "action": step.action,
                "from": step.from_state,
                "to": step.to_state,
                "actor": step.actor,
                "at": step.at.isoformat(),
                "reason": step.reason,
                "form_digest": step.form_digest,
            }
            for step in records.steps(session, application)
        ],
        "actions": [one.action for one in possible(session, application, account)],
    }


def _remarks(
    session: Session, application: Application
) -> dict[str, list[dict[str, str]]]:
    lacks: tuple[Problem, ...] = ()
    odd: list[Problem] = []
    try:
        form = read(application.kind, case.document(application))
        odd = warnings(
            form,
            attachments.names_in_reach(session, application),
            departments.known(session),
        )
        if isinstance(form, ProposalForm):
            odd += feasibility_use.remarks(session, application, form)
    except FormError as error:
        lacks = error.problems
    return {
        "problems": [asdict(one) for one in lacks],
        "warnings": [asdict(one) for one in odd],
    }


def _outcome(session: Session, application: Application) -> dict[str, Any] | None:
    released = feasibility_use.outcome_beside(session, application)
    if released is None:
        return None
    outcome: dict[str, Any] = json.loads(released.document)
    return {**outcome, "digest": released.digest}


def _in_words(population: Any, catalogue: Catalogue | None) -> dict[str, str] | None:
    try:
        question = Question.model_validate(population)
    except ValidationError:
        return None
    words = {"digest": question.digest}
    for language in get_args(Language):
        labels = labels_of(question, catalogue, language) if catalogue else None
        words[language] = describe(question, language, labels)
    return words
