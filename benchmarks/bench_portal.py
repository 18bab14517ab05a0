"""How long the portal takes over 10,000 applications: the time on the server, p95.

Median and p95 of the time until the answer, and median of the processor time in it,
which other work on the machine does not change. Each page is asked for in process, so
that neither a network nor a browser is measured. The applications are copies of a few
that were really made, spread over every state.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import Request
from sqlalchemy import insert, select

from enclave.clock import now
from enclave.cohort.packing import pack
from enclave.cohort.question import Population, Question
from enclave.portal.app import create_app
from enclave.portal.visitor import Visitor
from enclave.projects import applications, demo, demo_forms
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.notice_tables import Notice
from enclave.store.project_tables import (
    Application,
    ApplicationPerson,
    ApplicationStep,
    Membership,
    Project,
    ProjectDepartment,
)
from enclave.store.schema import upgrade


APPLICATIONS = 10_000
PROJECTS = 2_000
NOTICES = 5_000
ROUNDS = 40
LIMIT_MS = 100
STATES = ("submitted", "internal_review", "sac_review", "returned", "rejected")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.at(Path(folder))
        database = Database(settings.database_url)
        upgrade(database)
        fill(database)
        slow = asyncio.run(measure(settings, database))
        database.dispose()
    return 1 if slow else 0


def fill(database: Database) -> None:
    today = now().date()
    question = Question(population=Population(sex="female"))
    with database.begin() as session:
        demo.register_demo_people(session)
        form = demo_forms.proposal(question, today=today)
        made = applications.create(session, "proposal", form, "rikke")
        session.flush()
        row = {
            column.name: getattr(made, column.name)
            for column in Application.__table__.columns
            if column.name != "id"
        }
        ids = range(2, APPLICATIONS + 2)
        session.execute(insert(Application), [_application(row, one) for one in ids])
        session.execute(insert(ApplicationStep), [_step(row, one) for one in ids])
        session.execute(insert(ApplicationPerson), [_person(one) for one in ids])
        session.execute(insert(Project), [_project(one) for one in range(PROJECTS)])
        numbers = [*session.scalars(select(Project.number))]
        session.execute(
            insert(ProjectDepartment),
            [
                {"project_number": one, "name": f"Department {one % 40}"}
                for one in numbers
            ],
        )
        session.execute(
            insert(Membership),
            [_member(number) for number in numbers],
        )
        session.execute(insert(Notice), [_notice(one) for one in range(NOTICES)])


def _application(row: dict[str, Any], number: int) -> dict[str, Any]:
    form = {**json.loads(row["form"]), "title": f"Study {number}"}
    return {
        **row,
        "id": number,
        "title": f"Study {number}",
        "state": "approved" if number % 5 == 0 else STATES[number % len(STATES)],
        "created_by": "rikke" if number % 100 == 0 else "anne",
        "form": json.dumps(form),
        "changed": now() - timedelta(hours=number % 4_000),
    }


def _step(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "application_id": number,
        "number": 2,
        "action": "submit",
        "from_state": "draft",
        "to_state": "submitted",
        "actor": "anne",
        "at": now() - timedelta(days=number % 300),
        "reason": "",
        "form_digest": row["form_digest"],
        "figure": None,
    }


def _person(number: int) -> dict[str, Any]:
    return {
        "application_id": number,
        "email": "rikke@demo.example"
        if number % 50 == 0
        else f"p{number}@demo.example",
        "role": "leader",
    }


def _project(number: int) -> dict[str, Any]:
    return {
        "slug": f"study-{number}",
        "title": f"Study {number}",
        "leader": "rikke" if number % 200 == 0 else "anne",
        "state": "active",
        "state_reason": "",
        "created": now(),
        "end_date": now().date() + timedelta(days=300),
        "proposal_id": 5 * (number + 1),
    }


def _notice(number: int) -> dict[str, Any]:
    return {
        "account": "karen",
        "occasion": f"step:{number}",
        "key": "waiting",
        "application_id": number + 2,
        "title": f"Study {number + 2}",
        "state": "submitted",
        "at": now() - timedelta(hours=number),
        "read": None,
    }


def _member(number: int) -> dict[str, Any]:
    return {
        "project_number": number,
        "account": "rikke" if number % 200 == 0 else "anne",
        "role": "leader",
        "since": now().date(),
        "until": None,
    }


PAGES = (
    ("rikke", "/"),
    ("karen", "/"),
    ("sanne", "/"),
    ("karen", "/applications"),
    ("karen", "/applications?page=150"),
    ("karen", "/applications?waiting=true"),
    ("sanne", "/applications?waiting=true"),
    ("anne", "/applications"),
    ("rikke", "/applications/new"),
    ("rikke", "/proposals/new?question={question}"),
    ("karen", "/applications/5001"),
    ("anne", "/applications/5001"),
    ("rikke", "/applications/1/edit"),
    ("rikke", "/projects/study-199"),
    ("karen", "/projects/study-150"),
    ("rikke", "/projects/study-199/changes"),
    ("rikke", "/projects/study-199/return"),
    ("rikke", "/projects/study-199/close-out"),
    ("karen", "/api/applications"),
    ("karen", "/api/applications/5001"),
    ("karen", "/api/applications?waiting=true"),
    ("rikke", "/api/projects"),
    ("karen", "/api/projects/study-150"),
    ("karen", "/api/register?page=70"),
    ("karen", "/api/digest?department=Department%207"),
    ("karen", "/openapi.json"),
    ("karen", "/register"),
    ("karen", "/digest"),
    ("karen", "/digest?page=60"),
    ("karen", "/digest?department=Department%207"),
    ("karen", "/guidance"),
    ("karen", "/notices"),
    ("karen", "/notices?page=90"),
    ("karen", "/stops"),
    ("mads", "/display"),
    ("rikke", "/reruns"),
    ("mads", "/reruns/health"),
    ("rikke", "/findings"),
    ("rikke", "/code-lists"),
    ("rikke", "/saved-questions"),
    ("karen", "/institutions"),
    ("rikke", "/agreement"),
    ("rikke", "/training"),
)


async def measure(settings: Settings, database: Database) -> list[str]:
    app = create_app(settings, database, _by_cookie, "/portal")
    transport = httpx.ASGITransport(app)
    print(
        f"{APPLICATIONS:,} applications, {PROJECTS:,} projects, {NOTICES:,} notices;"
        f" {ROUNDS} rounds each; load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'who':6} {'page':40} {'median':>7} {'p95':>7} {'cpu':>7}  (ms)")
    slow = []
    packed = pack(Question(population=Population(sex="female")))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as web:
        for who, path in PAGES:
            web.cookies.set("who", who)
            took, worked = [], []
            for _ in range(ROUNDS):
                begun, busy = time.perf_counter(), time.process_time()
                answer = await web.get(
                    f"/portal{path.format(question=packed)}",
                    headers={"accept": "text/html"},
                )
                took.append(1000 * (time.perf_counter() - begun))
                worked.append(1000 * (time.process_time() - busy))
                answer.raise_for_status()
            p95 = statistics.quantiles(took, n=20)[-1]
            mark = "" if p95 < LIMIT_MS else f"  more than {LIMIT_MS} ms"
            print(
                f"{who:6} {path:40} {statistics.median(took):7.1f} {p95:7.1f}"
                f" {statistics.median(worked):7.1f}{mark}",
                flush=True,
            )
            slow += [path] if mark else []
    return slow


def _by_cookie(request: Request) -> Visitor | None:
    account = request.cookies.get("who")
    return Visitor(account) if account else None


if __name__ == "__main__":
    sys.exit(main())
