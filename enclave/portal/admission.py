"""Let people in through the hub, and kernels with a person's visit token."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy.orm import Session

from enclave.errors import NotFoundError, PolicyRefusal
from enclave.portal.office import Place
from enclave.portal.tokens import PREFIX, TokenError
from enclave.portal.visit import SCOPE
from enclave.portal.visitor import Visitor
from enclave.projects import people
from enclave.store.project_tables import Account


def anybody(request: Request, place: Place) -> Visitor:
    """Return the visitor, whether a person or a kernel with a visit token.

    A request that shows a visit token stands by that token: if it does not hold, no
    cookie makes up for it.
    """
    token = _bearer(request)
    if token.startswith(PREFIX):
        try:
            return Visitor(place.tokens.check(token, SCOPE).account, "visit")
        except TokenError as error:
            raise HTTPException(
                401, f"Not let in: {error}. Restart the dashboard or the kernel."
            ) from None
    visitor = place.authenticate(request)
    if visitor is None:
        raise HTTPException(401, "You are not signed in: sign in at the hub.")
    return visitor


def person(visitor: Annotated[Visitor, Depends(anybody)]) -> Visitor:
    """Return the visitor, who must have signed in as a person."""
    if visitor.source != "hub":
        raise HTTPException(
            403,
            "A visit token reaches only counts and the catalogue: open the portal in"
            " your browser for this.",
        )
    return visitor


def account_of(session: Session, visitor: Visitor) -> Account:
    """Return the visitor's account.

    Raises
    ------
    PolicyRefusal
        If the person has none here.
    """
    try:
        return people.get(session, visitor.account)
    except NotFoundError:
        raise PolicyRefusal(
            f"You are signed in as {visitor.account}, who has no account here: ask a"
            " data manager to add one."
        ) from None


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


AnyVisitor = Annotated[Visitor, Depends(anybody)]
Person = Annotated[Visitor, Depends(person)]
