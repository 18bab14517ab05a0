"""One noisy count per question, for ever.

The noise is drawn and stored in one transaction, and what is shown is read back from
the table. Two samples of the noise on one count would be worth more than one.
"""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from enclave.canonical import canonical_json
from enclave.disclosure.budget import Occasion
from enclave.disclosure.canonical_question import question_id
from enclave.disclosure.noise import add_noise
from enclave.disclosure.policy import Policy
from enclave.errors import IntegrityError
from enclave.store.database import Database
from enclave.store.disclosure_tables import StoredAnswer


class StoredAnswers:
    """The answers of one installation."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    def check_key(self, secret: bytes) -> None:
        """Refuse to go on under another key than that of the stored answers.

        Raises
        ------
        IntegrityError
            If it is another one: every old question would be answered a second time.
        """
        with self._database.begin() as session:
            known = session.scalars(select(StoredAnswer).limit(1)).first()
        if known is None:
            return
        form = json.loads(known.question)
        if question_id(form, known.snapshot, secret) != known.question_id:
            raise IntegrityError(
                "The gate's key is not the one that earlier questions were answered"
                " under. Restore keys/gate.key from the backup: with another key every"
                " question would be answered a second time, with new noise."
            )

    def noisy_count(
        self,
        occasion: Occasion,
        question: str,
        form: dict[str, Any],
        count: Callable[[], int],
    ) -> int:
        """Return a question's noisy count, making it the first time.

        Parameters
        ----------
        question, form
            The question's id and canonical form.
        count
            Returns the exact count. It runs outside any transaction, and only if there
            is no stored answer.
        """
        with self._database.begin() as session:
            stored = session.get(StoredAnswer, question)
        if stored is not None:
            return stored.noisy
        exact = count()
        with self._database.begin() as session:
            # Another process may have answered meanwhile: draw only if nobody has.
            if session.get(StoredAnswer, question) is None:
                row = {
                    "question_id": question,
                    "at": occasion.at,
                    "snapshot": occasion.snapshot,
                    "question": canonical_json(form).decode(),
                    "noisy": add_noise(exact, sigma=self._policy.sigma),
                    "policy": self._policy.digest,
                }
                session.execute(_insert_unless_there(session, row))
            # What is shown is what is stored, whoever stored it. It leaves here only
            # after the commit that ends this block.
            stored = session.get_one(StoredAnswer, question)
        return stored.noisy


def _insert_unless_there(session: Session, row: dict[str, Any]) -> Insert:
    # On PostgreSQL two transactions may both find nothing; the second one waits here
    # for the first and then adds nothing.
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(StoredAnswer).values(row).on_conflict_do_nothing()
    return sqlite.insert(StoredAnswer).values(row).on_conflict_do_nothing()
