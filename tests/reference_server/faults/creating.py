"""Servers that are wrong about new cases: ids, dates, what is stored, what is refused."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Response

# Ids


@fault("CREATE-ID-UNIQUE")
class IdFromContent(CaseService):
    """Equal payloads are one case: the id is a hash of the fields."""

    def create(self, call: Call) -> Response:
        digest = hashlib.md5(json.dumps(self.fields(call), sort_keys=True).encode()).hexdigest()
        self.next_id = str(uuid.UUID(digest))
        return super().create(call)

    def new_id(self) -> str:
        return self.next_id


@fault("PARALLEL-CREATE")
class IdFromClock(CaseService):
    """Cases of the same 20 milliseconds get the same id."""

    def new_id(self) -> str:
        return str(uuid.UUID(int=time.time_ns() // 20_000_000 + 2**120, version=4))


@fault("CREATE-ID")
class TextIds(CaseService):
    """The id is no UUID, but 26 letters and digits."""

    def new_id(self) -> str:
        return "01J" + uuid.uuid4().hex[:23].upper()


@fault("CREATE-ID")
class IdIsNumber(CaseService):
    """The create answers a number, where the case answers under its text."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = itertools.count(10001)

    def new_id(self) -> str:
        return str(next(self.serial))

    def owned(self, record: Record) -> Fields:
        return super().owned(record) | {"id": int(record.id)}


# Dates


@fault("CREATE-DATE-NOW")
class LocalTimeAsUtc(CaseService):
    """Local time with a Z behind it."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=2)


@fault("CREATE-DATE")
class LocalOffset(CaseService):
    """The right instant, but not in UTC."""

    def new_date(self) -> str:
        return (self.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")


@fault("CREATE-DATE")
class NoOffset(CaseService):
    def new_date(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f")


@fault("CREATE-DATE")
class SpaceForT(CaseService):
    def new_date(self) -> str:
        return self.now().strftime("%Y-%m-%d %H:%M:%S UTC")


@fault("CREATE-DATE-NOW")
class NoonForMidnight(CaseService):
    """Takes noon for midnight."""

    def new_date(self) -> str:
        now = self.now()
        return now.replace(hour=(now.hour + 12) % 24).strftime("%Y-%m-%dT%H:%M:%SZ")


@fault("CREATE-DATE-NOW")
class DateOfStart(CaseService):
    """The default of the date is worked out once, when the program starts."""

    started = "2025-01-01T00:00:00Z"

    def new_date(self) -> str:
        return self.started


@fault("GET-SAME")
class ReadsInLocalTime(CaseService):
    """The create answers in UTC, the read in the server's own time, both with Z."""

    def get(self, call: Call) -> Response:
        record = self.load(call)
        local = datetime.fromisoformat(record.created) + timedelta(hours=1)
        return self.answer(
            200, self.render(replace(record, created=local.isoformat().replace("+00:00", "Z")))
        )


# What the create answers and stores


@fault("CREATE-STATUS")
class BareCreateIs200(CaseService):
    """A case with at most one field counts as a draft."""

    def create(self, call: Call) -> Response:
        response = super().create(call)
        response.status = 201 if len(self.fields(call)) > 1 else 200
        return response


@fault("CREATE-STORES", "CREATE-DATE", "CREATE-WORKFLOW")
class AnswersOnlyTheId(CaseService):
    def create(self, call: Call) -> Response:
        return self.answer(201, {"id": json.loads(super().create(call).body)["id"]})


@fault("CREATE-WORKFLOW")
class WorkflowLater(CaseService):
    """The workflow starts after the create has been answered."""

    def create(self, call: Call) -> Response:
        document = json.loads(super().create(call).body)
        return self.answer(201, document | {"lastWorkflowId": ""})


@fault("CREATE-STORES")
class EchoesTheRequest(CaseService):
    """The answer repeats the request; what is kept lost its inner objects' last member."""

    def create(self, call: Call) -> Response:
        answer = super().create(call)
        record = self.rows.load(json.loads(answer.body)["id"])
        kept = {n: dict(list(v.items())[:-1]) if isinstance(v, dict) else v for n, v in record.fields.items()}
        self.rows.save(replace(record, fields=kept))
        return answer


@fault("CREATE-STORES")
class FalseMissingInAnswer(CaseService):
    """The 201 leaves out what is false; a GET has it."""

    def create(self, call: Call) -> Response:
        document = json.loads(super().create(call).body)
        return self.answer(201, {name: value for name, value in document.items() if value is not False})


@fault("CREATE-READ-YOUR-WRITE")
class QueuedCreate(CaseService):
    """A create is answered at once and stored 80 ms later."""

    def load(self, call: Call) -> Record:
        record = super().load(call)
        age = self.now() - datetime.fromisoformat(record.created)
        if call.operation == "get" and age < timedelta(milliseconds=80):
            raise Refusal(404, "no such case")
        return record


@fault("CREATE-VALIDATES", "UPDATE-VALIDATES")
class NullIsEmpty(CaseService):
    """What is falsy, such as `null` and `[]`, counts as an object without members."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body) or {}


@fault("CREATE-VALIDATES")
class TextHoldsJson(CaseService):
    """JSON in a JSON text is unpacked."""

    def parse(self, body: bytes) -> Any:
        document = super().parse(body)
        return super().parse(document.encode()) if isinstance(document, str) else document


class Chosen(CaseService):
    """Lets the client choose some members, when it creates."""

    def chosen(self, record: Record, document: Fields) -> Record:
        raise NotImplementedError

    def create(self, call: Call) -> Response:
        record = self.rows.load(json.loads(super().create(call).body)["id"])
        record = self.chosen(record, self.read(call))
        self.rows.insert(record)
        return self.answer(201, self.render(record))


@fault("CREATE-OWNS")
class ClientsUuid(Chosen):
    """An id that is a UUID may be the client's."""

    def chosen(self, record: Record, document: Fields) -> Record:
        try:
            return replace(record, id=str(uuid.UUID(document["id"])))
        except (KeyError, ValueError, AttributeError, TypeError):
            return record


@fault("CREATE-OWNS")
class ClientsDate(Chosen):
    """A date that reads as one may be the client's."""

    def chosen(self, record: Record, document: Fields) -> Record:
        try:
            date = document["createdDate"]
            datetime.fromisoformat(date)
        except (KeyError, ValueError, TypeError):
            return record
        return replace(record, created=date)


@fault("CREATE-OWNS")
class ClientsDateShowsLater(CaseService):
    """The create answers the server's date; a GET shows the client's."""

    def clean(self, call: Call, document: Fields) -> Fields:
        date = {"createdDate": document["createdDate"]} if document.get("createdDate") else {}
        return super().clean(call, document) | (date if call.operation == "create" else {})

    def get(self, call: Call) -> Response:
        record = self.load(call)
        return self.answer(200, self.owned(record) | record.fields)


@fault("CREATE-OWNS")
class FirstOfTwoIsFiltered(CaseService):
    """A filter of the text takes the first createdDate away; the parser finds the second."""

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
            return self.answer(201, record | {"createdDate": self.dates[1]})
        return response
