"""The Case APIs on Django REST Framework and PostgreSQL or MariaDB."""

import os
import secrets
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import django
from django.conf import settings

database = urlsplit(os.environ["DATABASE_URL"])
if database.scheme == "mysql":
    import pymysql

    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    INSTALLED_APPS=["rest_framework"],
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
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from gunicorn.app.base import BaseApplication
from rest_framework import authentication, exceptions, parsers, permissions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

NEXT_STATUS = {("Open", "Close"): "Closed", ("Closed", "Reopen"): "Reopened", ("Reopened", "Close"): "Closed"}


class Case(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created_date = models.DateTimeField(auto_now_add=True)
    last_workflow_id = models.UUIDField(default=uuid.uuid4)
    status = models.CharField(max_length=20, default="Open")
    fields = models.JSONField(default=dict)

    class Meta:
        app_label = "cases"


class AccessToken(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField()

    class Meta:
        app_label = "cases"


class BearerAuthentication(authentication.TokenAuthentication):
    keyword = "Bearer"

    def authenticate_credentials(self, key):
        if not AccessToken.objects.filter(key=key, expires__gt=timezone.now()).exists():
            raise exceptions.AuthenticationFailed("Invalid token.")
        user = type("ServiceAccount", (), {"is_authenticated": True})()
        return user, key


class SecuredView(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (permissions.IsAuthenticated,)


class CaseSerializer(serializers.Serializer):
    """A case with the fields of the tenant on the same level as the fixed ones."""

    def to_internal_value(self, data):
        if not isinstance(data, dict):
            raise serializers.ValidationError({"detail": "Expected an object."})
        read_only = {"id", "createdDate", "lastWorkflowId", "caseStatus"}
        return {name: value for name, value in data.items() if name not in read_only}

    def to_representation(self, case):
        return case.fields | {
            "id": str(case.id),
            "createdDate": case.created_date,
            "lastWorkflowId": str(case.last_workflow_id),
            "caseStatus": case.status,
        }

    def create(self, validated_data):
        return Case.objects.create(fields=validated_data)

    def update(self, case, validated_data):
        case.fields = case.fields | validated_data if self.partial else validated_data
        case.save()
        return case


class TransitionSerializer(serializers.Serializer):
    caseStatus = serializers.ChoiceField(["Close", "Reopen"])
    workflowId = serializers.UUIDField()
    reason = serializers.CharField(required=False, allow_blank=True, allow_null=True)


class CaseList(SecuredView):
    def post(self, request):
        serializer = CaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


class CaseDetail(SecuredView):
    def get(self, request, pk):
        return Response(CaseSerializer(get_object_or_404(Case, pk=pk)).data)

    def put(self, request, pk, *, partial=False):
        serializer = CaseSerializer(get_object_or_404(Case, pk=pk), data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    def patch(self, request, pk):
        return self.put(request, pk, partial=True)


class CaseTransition(SecuredView):
    def post(self, request, pk):
        case = get_object_or_404(Case, pk=pk)
        serializer = TransitionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if serializer.validated_data["workflowId"] != case.last_workflow_id:
            raise serializers.ValidationError({"workflowId": ["Not the workflow of this case."]})
        step = case.status, serializer.validated_data["caseStatus"]
        if step not in NEXT_STATUS:
            raise serializers.ValidationError({"caseStatus": ["Not possible now."]})
        case.status = NEXT_STATUS[step]
        case.save()
        return Response(CaseSerializer(case).data)


class Token(APIView):
    parser_classes = (parsers.JSONParser, parsers.FormParser)

    def post(self, request):
        data = request.data
        if "grant_type" not in data:
            return Response({"error": "invalid_request", "error_description": "grant_type is missing"}, 400)
        if data["grant_type"] != "client_credentials":
            return Response({"error": "unsupported_grant_type"}, 501)
        if (data.get("client_id"), data.get("client_secret")) != (
            os.environ["CLIENT_ID"],
            os.environ["CLIENT_SECRET"],
        ):
            return Response({"error": "invalid_client"}, 401)
        if "scope" in data:
            return Response({"error": "invalid_scope", "error_description": "scope is not supported"}, 400)
        ttl = serializers.FloatField(min_value=0, max_value=3600, default=600)
        try:
            seconds = ttl.run_validation(data.get("ttl", 600))
        except serializers.ValidationError as error:
            description = f"ttl {data['ttl']}: {error.detail[0]} The maximum is 3600."
            return Response({"error": "invalid_request", "error_description": description}, 400)
        if not seconds:
            description = "ttl is 0, and must be between 0 and 3600"
            return Response({"error": "invalid_request", "error_description": description}, 400)
        token = AccessToken.objects.create(
            key=secrets.token_hex(32), expires=timezone.now() + timedelta(seconds=seconds)
        )
        body = {"access_token": token.key, "token_type": "Bearer", "expires_in": seconds}
        return Response(body, headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("case", CaseList.as_view()),
    path("case/<uuid:pk>", CaseDetail.as_view()),
    path("case/<uuid:pk>/transition", CaseTransition.as_view()),
    path("auth/oauth2/token", Token.as_view()),
]


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
