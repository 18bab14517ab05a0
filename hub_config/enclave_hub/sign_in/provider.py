"""The identity provider of a site, as its file ``hub/sign-in.yaml`` describes it."""

from pathlib import Path
from typing import Annotated, Literal

import httpx
import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)

from enclave.errors import HostError, InputError
from enclave.projects.people import Role


_PATIENCE = 10.0  # seconds
_CONFIGURATION = "/.well-known/openid-configuration"
Text = Annotated[str, Field(min_length=1)]


class Provider(BaseModel):
    """What is agreed with the people who run the identity provider.

    Attributes
    ----------
    name
        What people call it; it stands on the button.
    issuer
        Its address. Endpoints and keys are found there.
    client_id, client_secret_file
        What the provider gave the enclave. The file is for the hub alone.
    scopes
        What is asked for beside ``openid``.
    account_claim, account_by
        Which claim says who somebody is, and whether it is an account's name or its
        e-mail address.
    vouches_for_addresses
        Whether the e-mail address of an account is verified although the provider sends
        no claim ``email_verified``. What it sends counts in any case.
    acr, amr
        Proof of a second factor: one of these contexts, or all of these methods. At
        least one of the two lists has something in it.
    groups_claim, roles
        Which claim holds the groups, and which role a group gives. Roles that are
        named here are the provider's to give and to take; others are left alone.
    unknown
        What happens to people without an account: ``refuse``, or ``register`` as
        researchers without agreement, training and project.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    name: Text
    issuer: Text
    client_id: Text
    client_secret_file: Path
    scopes: tuple[str, ...] = ("profile", "email")
    account_claim: Text = "email"
    account_by: Literal["name", "email"] = "email"
    vouches_for_addresses: StrictBool = False
    acr: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()
    groups_claim: Text = "groups"
    roles: dict[str, Role] = Field(default_factory=dict)
    unknown: Literal["refuse", "register"] = "refuse"

    @model_validator(mode="after")
    def _asks_for_a_second_factor(self) -> "Provider":
        if not self.acr and not self.amr:
            raise ValueError(
                "acr or amr: name what proves a second factor; a password alone opens"
                " nothing here"
            )
        if self.unknown == "register" and self.account_by != "name":
            raise ValueError(
                "unknown: only with account_by: name is there a name to register"
            )
        return self

    @property
    def secret(self) -> str:
        """The client's secret.

        Raises
        ------
        HostError
            If its file cannot be read, or others can read it.
        """
        file = self.client_secret_file
        try:
            mode = file.stat().st_mode
            secret = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise HostError(
                f"The secret of the identity provider cannot be read from {file}"
                f" ({error.strerror})."
            ) from error
        if mode & 0o077:
            raise HostError(f"Others can read {file}: run chmod 600 {file}")
        return secret


class Endpoints(BaseModel):
    """What a provider says of itself, as far as we use it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str


def read_provider(file: Path) -> Provider:
    """Read the file of a site.

    Raises
    ------
    InputError
        If something in it is missing, unknown or wrong.
    """
    try:
        return Provider.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise InputError(
            f"{file} cannot be used, so nobody can sign in: {error}. See the page on"
            " signing in for what belongs there."
        ) from error


def discover(provider: Provider, *, loopback: bool = False) -> Endpoints:
    """Ask a provider for its endpoints.

    Parameters
    ----------
    loopback
        Whether a provider on this machine may do without https: in a demonstration.

    Raises
    ------
    HostError
        If it does not answer, or is not who it should be.
    """
    issuer = provider.issuer
    local = loopback and httpx.URL(issuer).host in {"127.0.0.1", "localhost"}
    if not issuer.startswith("https://") and not local:
        raise HostError(f"The identity provider {issuer} is not reached over https.")
    try:
        answer = httpx.get(issuer.rstrip("/") + _CONFIGURATION, timeout=_PATIENCE)
        answer.raise_for_status()
        found = Endpoints.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError) as error:
        raise HostError(
            f"The identity provider {issuer} does not describe itself"
            f" ({type(error).__name__}). Check issuer in sign-in.yaml, and that the"
            " provider can be reached from here."
        ) from error
    if found.issuer != issuer:
        raise HostError(
            f"{issuer} calls itself {found.issuer}: write that as issuer, if it is the"
            " right one."
        )
    return found
