"""The portal's application: rooms, guards and answers put together."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from enclave import __version__
from enclave.clock import Clock, now
from enclave.portal import answers
from enclave.portal.agreement import pages as agreement_pages
from enclave.portal.applications import api as applications_api
from enclave.portal.applications import drafts as application_drafts
from enclave.portal.applications import pages as application_pages
from enclave.portal.applications import review_pages
from enclave.portal.atlas import api as atlas_api
from enclave.portal.atlas import pages as atlas_pages
from enclave.portal.attachments import api as attachments_api
from enclave.portal.attachments import pages as attachment_pages
from enclave.portal.catalogue import api as catalogue_api
from enclave.portal.changes import pages as change_pages
from enclave.portal.close_out import pages as close_out_pages
from enclave.portal.code_lists import api as code_lists_api
from enclave.portal.code_lists import codes as codes_in_trees
from enclave.portal.code_lists import pages as code_list_pages
from enclave.portal.cpr_extracts import api as cpr_extracts_api
from enclave.portal.cpr_extracts import pages as cpr_extract_pages
from enclave.portal.deliveries import pages as delivery_pages
from enclave.portal.display import pages as display_pages
from enclave.portal.feasibility import api as feasibility_api
from enclave.portal.findings import pages as finding_pages
from enclave.portal.guarding import BoundedBody, SafeHeaders, SameOrigin
from enclave.portal.guidance import pages as guidance_pages
from enclave.portal.home import pages as home_pages
from enclave.portal.institutions import pages as institution_pages
from enclave.portal.notices import pages as notice_pages
from enclave.portal.office import Office
from enclave.portal.own_data import api as own_data_api
from enclave.portal.own_data import pages as own_data_pages
from enclave.portal.projects import api as projects_api
from enclave.portal.projects import pages as project_pages
from enclave.portal.proposals import pages as proposal_pages
from enclave.portal.register import pages as register_pages
from enclave.portal.reruns import api as reruns_api
from enclave.portal.reruns import pages as rerun_pages
from enclave.portal.returns import pages as return_pages
from enclave.portal.saved_questions import api as saved_questions_api
from enclave.portal.saved_questions import pages as saved_question_pages
from enclave.portal.stops import pages as stop_pages
from enclave.portal.tokens import Tokens
from enclave.portal.training import api as training_api
from enclave.portal.training import pages as training_pages
from enclave.portal.visit import load_key
from enclave.portal.visitor import Authenticate
from enclave.settings import Settings
from enclave.store.database import Database


_STATIC = Path(__file__).with_name("static")

_ROOMS = (
    feasibility_api.router,
    display_pages.router,
    catalogue_api.router,
    saved_questions_api.router,
    atlas_api.router,
    code_lists_api.router,
    codes_in_trees.router,
    applications_api.router,
    attachments_api.router,
    projects_api.router,
    delivery_pages.router,
    reruns_api.router,
    home_pages.router,
    application_drafts.router,
    application_pages.router,
    review_pages.router,
    attachment_pages.router,
    code_list_pages.router,
    project_pages.router,
    change_pages.router,
    close_out_pages.router,
    return_pages.router,
    finding_pages.router,
    rerun_pages.router,
    saved_question_pages.router,
    atlas_pages.router,
    proposal_pages.router,
    register_pages.router,
    guidance_pages.router,
    notice_pages.router,
    stop_pages.router,
    cpr_extracts_api.router,
    cpr_extract_pages.router,
    own_data_api.router,
    own_data_pages.router,
    institution_pages.router,
    agreement_pages.router,
    training_api.router,
    training_pages.router,
)


def create_app(
    settings: Settings,
    database: Database,
    authenticate: Authenticate,
    prefix: str,
    *,
    workspace_url: str | None = None,
    clock: Clock = now,
) -> FastAPI:
    """Put the portal together.

    Parameters
    ----------
    authenticate
        Returns who a request comes from, or None. It is called in a thread of its own,
        and may raise Starlette's HTTPException, for instance a redirect to a login.
        Requests that show a visit token never get there.
    prefix
        Path below which the portal lies, such as ``/services/portal``.
    workspace_url
        Address of a workspace with ``{account}`` and ``{project}`` in it, such as
        ``/hub/spawn/{account}/{project}``.
    """
    prefix = prefix.rstrip("/")
    app = FastAPI(
        title="Research enclave",
        version=__version__,
        openapi_url=f"{prefix}/openapi.json",
        # The interactive pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        responses=answers.DOCUMENTED,
    )
    app.state.office = Office(
        settings=settings,
        database=database,
        tokens=Tokens(load_key(settings), clock),
        authenticate=authenticate,
        prefix=prefix,
        workspace_url=workspace_url,
        clock=clock,
    )
    for room in _ROOMS:
        app.include_router(room, prefix=prefix)
    app.mount(f"{prefix}/static", StaticFiles(directory=_STATIC), name="static")
    answers.install(app)
    # The last one added is the first to see a request.
    for guard in (SameOrigin, BoundedBody, SafeHeaders):
        app.add_middleware(guard)
    return app
