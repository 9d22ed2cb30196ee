"""The Case APIs on Django Ninja and MariaDB or PostgreSQL."""

import json
import os
import secrets
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import django
import pymysql
from django.conf import settings

pymysql.version_info = (2, 2, 1, "final", 0)
pymysql.install_as_MySQLdb()
database = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": f"django.db.backends.{database.scheme}",
            "NAME": database.path[1:],
            "USER": database.username,
            "PASSWORD": database.password or "",
            "HOST": database.hostname,
            "PORT": database.port or "",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {"charset": "utf8mb4"} if database.scheme == "mysql" else {},
        }
    },
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from gunicorn.app.base import BaseApplication
from ninja import Body, NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer

NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}
READ_ONLY = {"id", "createdDate", "lastWorkflowId", "caseStatus"}


class Case(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created = models.DateTimeField(auto_now_add=True)
    workflow = models.UUIDField(default=uuid.uuid4)
    status = models.CharField(max_length=20, default="Open")
    fields = models.JSONField(default=dict)

    class Meta:
        app_label = "cases"


class AccessToken(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField()

    class Meta:
        app_label = "cases"


class TokenAuth(HttpBearer):
    def authenticate(self, request, token):
        return AccessToken.objects.filter(key=token, expires__gt=timezone.now()).first()


class Transition(Schema):
    caseStatus: str
    workflowId: uuid.UUID
    reason: str | None = None


api = NinjaAPI(auth=TokenAuth(), docs_url=None, openapi_url=None)


def show(case: Case) -> dict[str, Any]:
    return case.fields | {
        "id": str(case.id),
        "createdDate": case.created.isoformat(),
        "lastWorkflowId": str(case.workflow),
        "caseStatus": case.status,
    }


def client_fields(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in READ_ONLY}


def locked(case_id: uuid.UUID) -> Case:
    return get_object_or_404(Case.objects.select_for_update(), pk=case_id)


@api.post("/case", response={201: dict})
def create_case(request: HttpRequest, payload: dict[str, Any] = Body(...)):
    return 201, show(Case.objects.create(fields=client_fields(payload)))


@api.get("/case/{uuid:case_id}", response=dict)
def get_case(request: HttpRequest, case_id: uuid.UUID):
    return show(get_object_or_404(Case, pk=case_id))


@api.put("/case/{uuid:case_id}", response=dict)
@transaction.atomic
def replace_case(request: HttpRequest, case_id: uuid.UUID, payload: dict[str, Any] = Body(...)):
    case = locked(case_id)
    case.fields = client_fields(payload)
    case.save()
    return show(case)


@api.patch("/case/{uuid:case_id}", response=dict)
@transaction.atomic
def update_case(request: HttpRequest, case_id: uuid.UUID, payload: dict[str, Any] = Body(...)):
    case = locked(case_id)
    case.fields |= client_fields(payload)
    case.save()
    return show(case)


@api.post("/case/{uuid:case_id}/transition", response=dict)
@transaction.atomic
def transition_case(request: HttpRequest, case_id: uuid.UUID, transition: Transition):
    case = locked(case_id)
    if transition.workflowId != case.workflow:
        raise HttpError(422, "workflowId is not the workflow of this case")
    if (case.status, transition.caseStatus) not in NEXT_STATUS:
        raise HttpError(409, "caseStatus is not possible")
    case.status = NEXT_STATUS[case.status, transition.caseStatus]
    case.save()
    return show(case)


@api.post("/auth/oauth2/token", auth=None)
def issue_token(request: HttpRequest):
    is_json = request.content_type == "application/json"
    try:
        form = json.loads(request.body) if is_json else request.POST.dict()
    except ValueError:
        form = None

    def refuse(status: int, code: str, description: str = "") -> JsonResponse:
        return JsonResponse({"error": code, "error_description": description}, status=status)

    if not isinstance(form, dict) or "grant_type" not in form:
        return refuse(400, "invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        return refuse(501, "unsupported_grant_type")
    if (form.get("client_id"), form.get("client_secret")) != (
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
    ):
        return refuse(401, "invalid_client")
    if "scope" in form:
        return refuse(400, "invalid_scope", "scope is not supported")
    ttl = form.get("ttl", 600)
    try:
        seconds = 0 if isinstance(ttl, bool) else float(ttl)
    except (TypeError, ValueError):
        seconds = 0
    if not 0 < seconds <= 3600:
        return refuse(400, "invalid_request", f"ttl is {ttl}, the maximum is 3600")
    expires = timezone.now() + timedelta(seconds=seconds)
    token = AccessToken.objects.create(key=secrets.token_hex(32), expires=expires)
    response = JsonResponse({"access_token": token.key, "token_type": "Bearer", "expires_in": seconds})
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [path("", api.urls)]


class Server(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", f"127.0.0.1:{os.environ['PORT']}")
        self.cfg.set("threads", 8)
        self.cfg.set("loglevel", "critical")

    def load(self):
        return get_wsgi_application()


if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Case)
        editor.create_model(AccessToken)
    connection.close()
    Server().run()
