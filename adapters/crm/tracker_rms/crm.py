"""TrackerRMS: resources by their addresses; what was updated, by paged search.

Known from documents are the login and the search; the addresses and keys of notes and tasks stand in one place here,
and a mapping file can say others (``connect.paths``).
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.crm.crm_http import CrmHttp, json_of
from adapters.crm.pace import Pace
from sequences.crm.reading import instant_of
from sequences.crm.records import CrmChanges, CrmKey, CrmPage, CrmRecord, plain, value_at
from sequences.crm.writing import CrmWritten
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import httpx

    from adapters.crm.session import CrmSessions
    from sequences.crm.records import EntityFields
    from sequences.crm.writing import CrmWrite

DEFAULT_URL: Final = "https://evoglapi.tracker-rms.com"
"""Everywhere but in the US (``evousapi``) and Canada (``evocaapi``)."""
_EXCHANGE: Final = "/api/Auth/ExchangeToken"
_BASE: Final = "/api/v1"
_PACE: Final = (2.0, 4)
"""No limit is published; two requests a second are slow beside a person who clicks."""
_OVERLAP: Final = timedelta(days=1)
"""The search is asked by day: what was updated since the day before is read again."""
_REREAD: Final = timedelta(days=3)
_REREAD_EVERY: Final = timedelta(hours=6)
"""So often more is read again: a search may show an update a day late."""
_TOKEN_KEYS: Final = ("token", "jwt", "accessToken", "access_token", "Token")
_LIST_KEYS: Final = ("data", "results", "items")
_UPDATED: Final = ("updatedDate", "lastUpdated", "dateUpdated", "updatedOn", "modifiedDate")
_ID_KEYS: Final = ("id", "recordId")
_MOST_PAGES: Final = 10_000


@dataclass(frozen=True)
class _Cursor:
    """Where a look begins.

    Attributes:
        since: what was updated from this instant on, in ISO 8601.
        begun: when this look began: where the next one begins.
        kind: which kind is read next.
        page: the page of it, from 1.
        after: the day that this look asks for.
        reread: when the last look that asked for more days began.
    """

    since: str
    begun: str = ""
    kind: int = 0
    page: int = 1
    after: str = ""
    reread: str = ""


class TrackerRmsCrm:
    """One database.

    Args:
        token: from Tools & Settings, Security Settings, API.
        sessions: where the JWT is kept.
        clock: the wall clock, UTC.
        url: None: the one for the rest of the world.
        paths: resource to its address, where it is not ``/api/v1/RESOURCE``.
    """

    def __init__(
        self,
        token: str,
        sessions: CrmSessions,
        clock: Callable[[], datetime],
        url: str | None = None,
        paths: Mapping[str, str] | None = None,
        http: CrmHttp | None = None,
    ) -> None:
        self._token = token
        self._sessions = sessions
        self._clock = clock
        self._url = (url or DEFAULT_URL).rstrip("/")
        self._paths = dict(paths or {})
        self._http = http or CrmHttp(Pace(*_PACE))

    async def aclose(self) -> None:
        """As ``services.crm.port.Crm``."""
        await self._http.aclose()

    async def account(self) -> str:
        """The database that the JWT is for, as far as it says so."""
        jwt = await self._sessions.current() or await self._sessions.renewed(None, self._exchanged)
        claims = _claims(jwt)
        return next((plain(claims[key]) for key in ("database", "db", "tenant", "aud") if claims.get(key)), "")

    # --- reading ------------------------------------------------------------------------------------------------

    async def changes(self, cursor: str | None, wanted: Sequence[EntityFields]) -> CrmChanges:
        """A page of one kind a call."""
        now = self._clock()
        if cursor is None:
            return CrmChanges((), _text(_Cursor(now.isoformat(), reread=now.isoformat())))
        known = _Cursor(**json.loads(cursor))
        if known.kind >= len(wanted):
            return CrmChanges((), _text(_Cursor(known.begun or known.since, reread=known.reread)))
        if not known.after:
            known = _begun(known, now)
        each = wanted[known.kind]
        rows, more = await self._search(each.entity, {"updatedAfter": known.after}, known.page)
        following = replace(known, page=known.page + 1) if more else replace(known, kind=known.kind + 1, page=1)
        return CrmChanges(tuple(_record(each.entity, row) for row in rows), _text(following), more=True)

    async def _search(self, entity: str, query: Mapping[str, str], page: int) -> tuple[list[dict[str, Any]], bool]:
        body = {**query, "pageNumber": page}
        response = await self._ask("POST", f"{self._path(entity)}/PagedSearch", body=body)
        answer = await self._answer(response, write=False)
        rows = _rows(answer, entity)
        following = bool(isinstance(answer, dict) and answer.get("hasNextPage")) and bool(rows)
        return rows, following and page < _MOST_PAGES

    async def record(self, key: CrmKey, fields: Sequence[str]) -> CrmRecord | None:
        """One record, whole."""
        response = await self._ask("GET", f"{self._path(key.entity)}/{key.id}")
        if response.status_code == 404:
            return None
        answer = await self._answer(response, write=False)
        row = answer.get("data", answer) if isinstance(answer, dict) else None
        if not isinstance(row, dict):
            raise CrmAwayError("TrackerRMS' answer is not as documented", whole=False)
        return replace(_record(key.entity, row), key=key)

    async def page(self, wanted: EntityFields, after: str | None) -> CrmPage:
        """By page number: there is nothing else to page by. What moves meanwhile is found by the looks."""
        number = int(after or 1)
        rows, more = await self._search(wanted.entity, {}, number)
        return CrmPage(tuple(_record(wanted.entity, row) for row in rows), str(number + 1) if more else None)

    async def fields(self, entity: str) -> Collection[str] | None:
        """No address lists them; what the records of the first page have is what there is."""
        rows, _ = await self._search(entity, {}, 1)
        return tuple(dict.fromkeys(name for row in rows for name in row)) or None

    # --- writing ------------------------------------------------------------------------------------------------

    async def write(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        """As the port. The key is stored as ``externalId``, and looked for before another one is made."""
        if write.kind == "fields":
            return await self._write_fields(write)
        resource = {"note": "Note", "task": "Task", "lead": "Lead"}[write.kind]
        if maybe_done:
            rows, _ = await self._search(resource, {"externalId": key}, 1)
            # A search that does not know the key finds everything.
            found = next((row for row in rows if row.get("externalId") == key), None)
            if found is not None:
                return CrmWritten(made=_id_of(found, resource))
        body: dict[str, Any] = {"externalId": key, "recordType": write.entity, "recordId": write.record}
        match write.kind:
            case "note":
                body |= {"subject": write.label or "Relance", "note": write.text, "date": write.at.isoformat()}
            case "task":
                due = (write.due or write.at).isoformat()
                body |= {"subject": write.title, "note": write.text, "dueDate": due, "type": write.label or "Task"}
            case "lead":
                body |= await self._lead(write)
        if write.owner is not None:
            body["userId"] = write.owner
        answer = await self._answer(await self._ask("POST", self._path(resource), body=body, writes=True), write=True)
        made = _id_of(answer, resource) if isinstance(answer, dict) else plain(answer)
        return CrmWritten(made=made or key)

    async def _lead(self, write: CrmWrite) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        if write.copied:
            person = await self.record(CrmKey(write.entity, write.record), ())
            if person is None:
                raise CrmRefusedError("the record does not exist in TrackerRMS")
            copied = {theirs: value_at(person.values, path) for theirs, path in write.copied.items()}
        return {**copied, **write.fields}

    async def _write_fields(self, write: CrmWrite) -> CrmWritten:
        fields = dict(write.fields)
        if write.only_if_blank:
            there = await self.record(CrmKey(write.entity, write.record), ())
            if there is None:
                raise CrmRefusedError("the record does not exist in TrackerRMS")
            fields = {name: value for name, value in fields.items() if not plain(value_at(there.values, name))}
        if fields:
            path = f"{self._path(write.entity)}/{write.record}"
            await self._answer(await self._ask("PATCH", path, body=fields, writes=True), write=True)
        return CrmWritten(fields=fields)

    # --- asking -------------------------------------------------------------------------------------------------

    def _path(self, resource: str) -> str:
        return self._paths.get(resource, f"{_BASE}/{resource}").rstrip("/")

    async def _answer(self, response: httpx.Response, *, write: bool) -> Any:
        status = response.status_code
        if status == 403 and not write:
            raise CrmAccessError("the token of TrackerRMS may not read that (HTTP 403)")
        if status >= 400:
            raise CrmRefusedError(f"TrackerRMS refuses it (HTTP {status})")
        if status >= 300:
            raise CrmAccessError(f"TrackerRMS redirects (HTTP {status}): check `url`, each region has its own")
        return json_of(response, writes=write)

    async def _ask(self, method: str, path: str, *, body: object = None, writes: bool = False) -> httpx.Response:
        """Asks with the JWT; one that is over is exchanged again, once."""
        jwt = await self._sessions.current() or await self._sessions.renewed(None, self._exchanged)
        for renew in (True, False):
            headers = {"Authorization": f"Bearer {jwt}"}
            response = await self._http.ask(method, f"{self._url}{path}", body=body, headers=headers, writes=writes)
            if response.status_code != 401:
                return response
            if renew:
                jwt = await self._sessions.renewed(jwt, self._exchanged)
        raise CrmAccessError("TrackerRMS refuses a token that it has just exchanged (HTTP 401)")

    async def _exchanged(self, _former: str | None) -> str:
        response = await self._http.ask("POST", f"{self._url}{_EXCHANGE}", body={"bearerToken": self._token})
        if response.status_code in (400, 401, 403):
            raise CrmAccessError(
                "TrackerRMS refuses the token: it is wrong, or a newer one was generated; check RELANCE_CRM_SECRET"
            )
        answer = await self._answer(response, write=False)
        inner = answer.get("data", answer) if isinstance(answer, dict) else answer
        found: object = inner
        if isinstance(inner, dict):
            found = next((inner[key] for key in _TOKEN_KEYS if key in inner), "")
        if not isinstance(found, str) or not found.strip():
            raise CrmAwayError("TrackerRMS exchanged the token for nothing", whole=True)
        return found.strip()


def _begun(cursor: _Cursor, now: datetime) -> _Cursor:
    """A look begins, and keeps the day that it asks for to its end."""
    due = not cursor.reread or now - datetime.fromisoformat(cursor.reread) >= _REREAD_EVERY
    after = datetime.fromisoformat(cursor.since) - (_REREAD if due else _OVERLAP)
    begun = cursor.begun or now.isoformat()
    return replace(cursor, begun=begun, after=f"{after:%Y-%m-%d}", reread=begun if due else cursor.reread)


def _text(cursor: _Cursor) -> str:
    return json.dumps(vars(cursor))


def _rows(answer: object, entity: str) -> list[dict[str, Any]]:
    if isinstance(answer, list):
        return [row for row in answer if isinstance(row, dict)]
    keys = (*_LIST_KEYS, f"{entity[:1].lower()}{entity[1:]}s")
    plural = "opportunities" if entity == "Opportunity" else ""
    known = answer if isinstance(answer, dict) else {}
    found: list[Any] = next((known[key] for key in (*keys, plural) if isinstance(known.get(key), list)), [])
    return [row for row in found if isinstance(row, dict)]


def _record(entity: str, row: Mapping[str, Any]) -> CrmRecord:
    at = next((instant_of(row[key]) for key in _UPDATED if row.get(key)), None)
    return CrmRecord(CrmKey(entity, _id_of(row, entity)), row, at)


def _id_of(row: Mapping[str, Any], entity: str) -> str:
    own = f"{entity[:1].lower()}{entity[1:]}Id"
    return next((plain(row[key]) for key in (own, *_ID_KEYS) if row.get(key) not in (None, "")), "")


def _claims(jwt: str) -> dict[str, Any]:
    """What a JWT says; it is only read, never trusted. Empty: it is none."""
    parts = jwt.split(".")
    if len(parts) != 3:
        return {}
    try:
        read = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return read if isinstance(read, dict) else {}
