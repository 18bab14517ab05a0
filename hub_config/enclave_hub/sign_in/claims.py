"""What a provider's claims say: a second factor, an account, its roles."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.projects import people
from enclave.projects.people import Account, Person, Role
from enclave_hub.sign_in.provider import Provider


Claims = Mapping[str, Any]


def require_second_factor(provider: Provider, claims: Claims) -> None:
    """Refuse somebody who only knew a password.

    Raises
    ------
    PolicyRefusal
        If neither context nor methods prove more.
    """
    methods = set(_list(claims.get("amr")))
    by_context = claims.get("acr") in provider.acr
    by_methods = bool(provider.amr) and provider.amr <= methods
    if not by_context and not by_methods:
        raise PolicyRefusal(
            f"{provider.name} says that you signed in without a second factor. Sign in"
            " again with your code or key; if you have none, ask the people who run"
            f" {provider.name}."
        )


def account_of(session: Session, provider: Provider, claims: Claims) -> Account:
    """Return the account that the claims are about, its roles brought up to date.

    Raises
    ------
    PolicyRefusal
        If there is none, or the claims do not say which.
    """
    said = str(claims.get(provider.account_claim) or "")
    if not said:
        raise PolicyRefusal(
            f"{provider.name} did not say who you are ({provider.account_claim} is"
            " missing). Tell the people who run this enclave."
        )
    if provider.account_by == "email" and not _verified(provider, claims):
        raise PolicyRefusal(
            f"{provider.name} does not say that it verified your e-mail address. Have"
            " it verified, then sign in again."
        )
    account = _find(session, provider, said)
    if account is None:
        account = _unknown(session, provider, said, claims)
    return _with_roles(session, provider, account, claims)


def record(session: Session, account: Account, claims: Claims) -> None:
    """Write down that somebody signed in, and how they proved who they are."""
    how = {"acr": claims.get("acr"), "amr": _list(claims.get("amr"))}
    event = log.Event(account.name, "account.sign_in", f"account:{account.name}", how)
    log.record(session, event)


def _verified(provider: Provider, claims: Claims) -> bool:
    # Anything but the JSON value true, such as a text, is no.
    said = claims.get("email_verified", provider.vouches_for_addresses)
    return said is True


def _find(session: Session, provider: Provider, said: str) -> Account | None:
    if provider.account_by == "email":
        return people.by_email(session, said)
    try:
        return people.get(session, said)
    except NotFoundError:
        return None


def _unknown(
    session: Session, provider: Provider, said: str, claims: Claims
) -> Account:
    if provider.unknown == "refuse":
        raise PolicyRefusal(
            f"{said} has no account here. A data manager adds you once your institution"
            " has a project or an agreement."
        )
    newcomer = Person(
        name=said,
        display_name=str(claims.get("name") or said),
        email=str(claims.get("email") or ""),
        institution=str(claims.get("organisation") or provider.name),
        roles=(Role.RESEARCHER,),
    )
    return people.register(session, newcomer, actor=people.SYSTEM)


def _with_roles(
    session: Session, provider: Provider, account: Account, claims: Claims
) -> Account:
    if not provider.roles:
        return account
    groups = set(_list(claims.get(provider.groups_claim)))
    given = {role for group, role in provider.roles.items() if group in groups}
    roles = (account.roles - set(provider.roles.values())) | given
    if roles == account.roles:
        return account
    person = Person(
        name=account.name,
        display_name=account.display_name,
        email=account.email,
        institution=account.institution,
        roles=roles,
        agreement_until=account.agreement_until,
        training_until=account.training_until,
    )
    return people.register(session, person, actor=people.SYSTEM)


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
