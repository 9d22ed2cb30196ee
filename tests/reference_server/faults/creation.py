"""Faults in creating a case: ids, dates, stored fields and validation."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response

# Ids


@fault("CREATE-ID-UNIQUE")
class IdFromContent(CaseService):
    """The id is a hash of the fields, so equal payloads share one case."""

    def create(self, call: Call) -> Response:
        digest = hashlib.md5(json.dumps(self.fields(call), sort_keys=True).encode()).hexdigest()
        self.next_id = str(uuid.UUID(digest))
        return super().create(call)

    def new_id(self) -> str:
        return self.next_id


@fault("CREATE-ID-UNIQUE")
class IdFromClock(CaseService):
    """Cases created within the same 20 milliseconds get the same id."""

    def new_id(self) -> str:
        return str(uuid.UUID(int=time.time_ns() // 20_000_000 + 2**120, version=4))


@fault("CREATE-ID")
class TextIds(CaseService):
    """The id has 26 letters and digits instead of being a UUID."""

    def new_id(self) -> str:
        return "01J" + uuid.uuid4().hex[:23].upper()


# Dates


@fault("CREATE-DATE-NOW")
class LocalTimeAsUtc(CaseService):
    """Local time is labelled as UTC."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=2)


@fault("CREATE-DATE")
class LocalOffset(CaseService):
    """The instant is right, but the offset is not UTC."""

    def new_date(self) -> str:
        return (self.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")


@fault("CREATE-DATE")
class SpaceInsteadOfT(CaseService):
    """A space separates date and time, and "UTC" follows."""

    def new_date(self) -> str:
        return self.now().strftime("%Y-%m-%d %H:%M:%S UTC")


@fault("CREATE-DATE-NOW")
class NoonForMidnight(CaseService):
    """The 12-hour clock is wrong by twelve hours."""

    def new_date(self) -> str:
        now = self.now()
        return now.replace(hour=(now.hour + 12) % 24).strftime("%Y-%m-%dT%H:%M:%SZ")


@fault("CREATE-DATE-NOW")
class DateOfServerStart(CaseService):
    """The default for the date is evaluated once, at server start."""

    started = "2025-01-01T00:00:00Z"

    def new_date(self) -> str:
        return self.started


@fault("GET-SAME")
class GetShowsLocalTime(CaseService):
    """POST shows the date in UTC, and GET in local time labelled as UTC."""

    def get(self, call: Call) -> Response:
        record = self.load(call)
        local = datetime.fromisoformat(record.created) + timedelta(hours=1)
        return self.json_response(
            200, self.render(replace(record, created=local.isoformat().replace("+00:00", "Z")))
        )


# Response and stored fields


@fault("CREATE-STATUS")
class SmallCreateIs200(CaseService):
    """A create with at most one field returns 200."""

    def create(self, call: Call) -> Response:
        response = super().create(call)
        response.status = 201 if len(self.fields(call)) > 1 else 200
        return response


@fault("CREATE-STORES", "CREATE-DATE", "CREATE-WORKFLOW")
class CreateReturnsOnlyId(CaseService):
    """The response to a create contains only the id."""

    def create(self, call: Call) -> Response:
        return self.json_response(201, {"id": json.loads(super().create(call).body)["id"]})


@fault("CREATE-WORKFLOW")
class WorkflowLater(CaseService):
    """The response to a create has an empty `lastWorkflowId`."""

    def create(self, call: Call) -> Response:
        document = json.loads(super().create(call).body)
        return self.json_response(201, document | {"lastWorkflowId": ""})


@fault("CREATE-STORES")
class CreateEchoesRequest(CaseService):
    """The response repeats the request, but the last member of each inner object is not stored."""

    def create(self, call: Call) -> Response:
        response = super().create(call)
        record = self.rows.load(json.loads(response.body)["id"])
        kept = {n: dict(list(v.items())[:-1]) if isinstance(v, dict) else v for n, v in record.fields.items()}
        self.rows.save(replace(record, fields=kept))
        return response


@fault("CREATE-STORES")
class CreateOmitsFalse(CaseService):
    """The response to a create omits fields that are false."""

    def create(self, call: Call) -> Response:
        document = json.loads(super().create(call).body)
        return self.json_response(
            201, {name: value for name, value in document.items() if value is not False}
        )


@fault("CREATE-READ-YOUR-WRITE")
class QueuedCreate(CaseService):
    """A create is stored 80 ms after its response."""

    def load(self, call: Call) -> Record:
        record = super().load(call)
        age = self.now() - datetime.fromisoformat(record.created)
        if call.operation == "get" and age < timedelta(milliseconds=80):
            raise Refusal(404, "no such case")
        return record


@fault("CREATE-VALIDATES", "UPDATE-VALIDATES")
class FalsyBodyIsEmpty(CaseService):
    """Falsy bodies such as `null` and `[]` count as an empty object."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body) or {}


@fault("CREATE-VALIDATES")
class UnpacksJsonText(CaseService):
    """A JSON string that contains JSON is unpacked."""

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        return super().parse(document.encode()) if isinstance(document, str) else document


class ClientSetsMembers(CaseService):
    """Base for servers that let the client set server-owned members in a create."""

    def with_client_values(self, record: Record, document: Fields) -> Record:
        """Return the record with the members that the client set."""
        raise NotImplementedError

    def create(self, call: Call) -> Response:
        record = self.rows.load(json.loads(super().create(call).body)["id"])
        record = self.with_client_values(record, self.read(call))
        self.rows.insert(record)
        return self.json_response(201, self.render(record))


@fault("CREATE-OWNS")
class ClientSetsId(ClientSetsMembers):
    """The client may set the id if it is a UUID."""

    def with_client_values(self, record: Record, document: Fields) -> Record:
        try:
            return replace(record, id=str(uuid.UUID(document["id"])))
        except (KeyError, ValueError, AttributeError, TypeError):
            return record


@fault("CREATE-OWNS")
class ClientSetsDate(ClientSetsMembers):
    """The client may set the date if it is valid."""

    def with_client_values(self, record: Record, document: Fields) -> Record:
        try:
            date = document["createdDate"]
            datetime.fromisoformat(date)
        except (KeyError, ValueError, TypeError):
            return record
        return replace(record, created=date)


@fault("CREATE-OWNS")
class GetShowsClientDate(CaseService):
    """POST shows the server's date, and GET the client's."""

    def clean(self, call: Call, document: Fields) -> Fields:
        date = {"createdDate": document["createdDate"]} if document.get("createdDate") else {}
        return super().clean(call, document) | (date if call.operation == "create" else {})

    def get(self, call: Call) -> Response:
        record = self.load(call)
        return self.json_response(200, self.owned(record) | record.fields)


@fault("CREATE-OWNS")
class SecondDateIsStored(CaseService):
    """Only the first of two `createdDate` members is filtered out."""

    def parse(self, body: bytes) -> Any:
        pairs = json.loads(body, object_pairs_hook=list)
        self.dates = (
            [value for name, value in pairs if name == "createdDate"]
            if isinstance(pairs, list) and all(isinstance(pair, tuple) for pair in pairs)
            else []
        )
        return super().parse(body)

    def create(self, call: Call) -> Response:
        response = super().create(call)
        record = json.loads(response.body)
        if len(self.dates) > 1:
            stored = self.rows.load(record["id"])
            self.rows.save(replace(stored, created=self.dates[1]))
            return self.json_response(201, record | {"createdDate": self.dates[1]})
        return response


@fault("CREATE-STORES")
class DropsUnknownFields(CaseService):
    """Only the vendor's documented fields and a few more are stored; the others are dropped."""

    known = ("contractTestRun", "testSummary", "caseNumber", "owner")

    def clean(self, call: Call, document: Fields) -> Fields:
        return {name: value for name, value in super().clean(call, document).items() if name in self.known}


@fault("CREATE-ID-UNIQUE")
class CachedCreates(CaseService):
    """A cache in front of the server repeats its response to a POST with the same body."""

    def __init__(self) -> None:
        super().__init__()
        self.cache: dict[tuple[str, str, bytes], Response] = {}

    def respond(self, request: Request) -> Response:
        key = (request.headers.get("authorization", ""), request.target, request.body)
        if request.method != "POST" or request.target != "/case":
            return super().respond(request)
        if key not in self.cache:
            response = super().respond(request)
            if response.status != 201:
                return response
            self.cache[key] = response
        kept = self.cache[key]
        return Response(kept.status, kept.body, dict(kept.headers))
