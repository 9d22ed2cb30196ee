"""The Case APIs on FastAPI, SQLAlchemy and PostgreSQL."""

import os
import secrets
import time
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import JSON, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=20
)
make_session = sessionmaker(engine)
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON().with_variant(JSONB(), "postgresql")}


class Case(Base):
    __tablename__ = "cases"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_date: Mapped[str] = mapped_column(default=lambda: datetime.now(UTC).isoformat())
    last_workflow_id: Mapped[str] = mapped_column(default=lambda: str(uuid.uuid4()))
    status: Mapped[str] = mapped_column(default="Open")
    fields: Mapped[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.fields,
            "id": str(self.id),
            "createdDate": self.created_date,
            "lastWorkflowId": self.last_workflow_id,
            "caseStatus": self.status,
        }


class Transition(BaseModel):
    caseStatus: str
    workflowId: str
    reason: str | None = None


@asynccontextmanager
async def lifespan(app: FastAPI):
    Base.metadata.create_all(engine)
    yield


app = FastAPI(title="Case APIs", lifespan=lifespan)
bearer = HTTPBearer()
tokens: dict[str, float] = {}


def authenticate(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> None:
    if tokens.get(credentials.credentials, 0) < time.time():
        raise HTTPException(401, "Invalid token", headers={"WWW-Authenticate": "Bearer"})


def get_session():
    with make_session() as session:
        yield session


Db = Annotated[Session, Depends(get_session)]
Payload = dict[str, Any]
secured = [Depends(authenticate)]


def client_fields(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name not in READ_ONLY}


def find(session: Session, case_id: uuid.UUID, *, lock: bool = False) -> Case:
    case = session.get(Case, case_id, with_for_update=lock or None)
    if case is None:
        raise HTTPException(404, "Case not found")
    return case


@app.post("/case", status_code=201, dependencies=secured)
def create_case(payload: Payload, session: Db) -> Payload:
    case = Case(fields=client_fields(payload))
    session.add(case)
    session.commit()
    return case.to_json()


@app.get("/case/{case_id}", dependencies=secured)
def get_case(case_id: uuid.UUID, session: Db) -> Payload:
    return find(session, case_id).to_json()


@app.put("/case/{case_id}", dependencies=secured)
def replace_case(case_id: uuid.UUID, payload: Payload, session: Db) -> Payload:
    case = find(session, case_id, lock=True)
    case.fields = client_fields(payload)
    session.commit()
    return case.to_json()


@app.patch("/case/{case_id}", dependencies=secured)
def update_case(case_id: uuid.UUID, payload: Payload, session: Db) -> Payload:
    case = find(session, case_id, lock=True)
    case.fields = {**case.fields, **client_fields(payload)}
    session.commit()
    return case.to_json()


@app.post("/case/{case_id}/transition", dependencies=secured)
def transition_case(case_id: uuid.UUID, transition: Transition, session: Db) -> Payload:
    case = find(session, case_id, lock=True)
    if transition.workflowId != case.last_workflow_id:
        raise HTTPException(422, "workflowId does not belong to this case")
    if (case.status, transition.caseStatus) not in NEXT_STATUS:
        raise HTTPException(409, f"{transition.caseStatus} is not possible from {case.status}")
    case.status = NEXT_STATUS[case.status, transition.caseStatus]
    session.commit()
    return case.to_json()


@app.post("/auth/oauth2/token")
async def issue_token(request: Request):
    if "json" in request.headers.get("content-type", ""):
        form = await request.json()
    else:
        form = dict(await request.form())

    def error(status: int, code: str, description: str | None = None) -> JSONResponse:
        body = {"error": code} | ({"error_description": description} if description else {})
        return JSONResponse(body, status)

    if "grant_type" not in form:
        return error(400, "invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        return error(501, "unsupported_grant_type")
    known = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    if (form.get("client_id"), form.get("client_secret")) != known:
        return error(401, "invalid_client")
    if "scope" in form:
        return error(400, "invalid_scope", "scope is not supported")
    try:
        ttl = float(form.get("ttl", 600))
    except (TypeError, ValueError):
        return error(400, "invalid_request", "ttl is not a number")
    if not 0 < ttl <= 3600:
        return error(400, "invalid_request", f"ttl is {ttl}, the maximum is 3600")
    token = secrets.token_urlsafe()
    tokens[token] = time.time() + ttl
    return JSONResponse(
        {"access_token": token, "token_type": "Bearer", "expires_in": ttl},
        headers={"Cache-Control": "no-store"},
    )


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")
