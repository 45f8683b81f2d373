"""Bullhorn: events of a subscription, entities, notes, tasks and leads."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.crm.bullhorn.login import BullhornLogin, BullhornSession, follow, sign_in
from adapters.crm.crm_http import CrmHttp, json_of
from adapters.crm.pace import Pace
from sequences.crm.records import CrmChanges, CrmKey, CrmPage, CrmRecord, plain, value_at
from sequences.crm.writing import CrmWritten
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import httpx

    from adapters.crm.session import CrmSessions
    from sequences.crm.records import EntityFields
    from sequences.crm.writing import CrmWrite, Scalar

__all__ = ["BullhornCrm", "BullhornLogin"]

_MODIFIED: Final = "dateLastModified"
_MOST_EVENTS: Final = 100
_PAGE: Final = 200
_PACE: Final = (5.0, 10)
"""Slow beside what Bullhorn bears, and far from 100,000 calls a day when nothing but looks are made."""
_KEPT: Final = timedelta(days=6)
"""Events are gone after seven days: whoever comes later has to ask for what was modified since."""
_MARGIN: Final = timedelta(days=2)
"""How far back what was modified is read when events are lost: an event that was a day late is lost with them."""
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}", re.ASCII)
_TASK_OF: Final = {"Candidate": "candidate", "ClientContact": "clientContact", "Placement": "placement"}
_LEAD_OF: Final = {"Candidate": "candidates", "ClientContact": "clientContacts"}
_LINE: Final = "Relance"


@dataclass(frozen=True)
class _Cursor:
    """Where a look begins.

    Attributes:
        request: the last request for events whose events were stored.
        at: when a look ended with nothing more to read, in ISO 8601.
        names: kinds that the subscription is about.
        since: set while what was modified since then is read, in milliseconds; then also which kind, and behind
            which id.
    """

    request: int
    at: str
    names: str
    since: int | None = None
    kind: int = 0
    after: int = 0

    def text(self) -> str:
        return json.dumps({name: value for name, value in vars(self).items() if value is not None})


class BullhornCrm:
    """One corporation.

    Args:
        login: who we are.
        sessions: where the session is kept.
        clock: the wall clock, UTC.
        subscription: name of our event subscription.
    """

    def __init__(
        self,
        login: BullhornLogin,
        sessions: CrmSessions,
        clock: Callable[[], datetime],
        subscription: str = "relance",
        http: CrmHttp | None = None,
    ) -> None:
        self._login = login
        self._sessions = sessions
        self._clock = clock
        self._events = f"event/subscription/{subscription}"
        self._http = http or CrmHttp(Pace(*_PACE))

    async def aclose(self) -> None:
        """As ``services.crm.port.Crm``."""
        await self._http.aclose()

    async def account(self) -> str:
        """The corporation token, after a request that proves that the session is good."""
        await self._get("meta", {})
        kept = await self._sessions.current()
        return BullhornSession.of(kept).corporation if kept is not None else ""

    # --- reading ------------------------------------------------------------------------------------------------

    async def changes(self, cursor: str | None, wanted: Sequence[EntityFields]) -> CrmChanges:
        """The next events, by the records that they are about.

        Reading purges them there, but a request can be made again by its number: what was read and not stored is.
        """
        names = ",".join(each.entity for each in wanted)
        if not names:
            return CrmChanges((), cursor or "")
        if cursor is None:
            return CrmChanges((), (await self._subscribed(names)).text())
        known = _Cursor(**json.loads(cursor))
        if known.since is not None:
            return await self._modified(known, wanted)
        last = await self._last_request()
        at = datetime.fromisoformat(known.at)
        if last is None or known.names != names or self._clock() - at > _KEPT:
            # Events may be lost: subscribe first, and then ask for what was modified meanwhile.
            if last is not None and known.names != names:
                await self._ask("DELETE", self._events, {})
                last = None
            fresh = await self._subscribed(names) if last is None else replace(known, request=last, names=names)
            since = int((at - _MARGIN).timestamp() * 1000)
            return CrmChanges((), replace(fresh, since=since, kind=0, after=0, at=known.at).text(), more=True)
        again = {"requestId": str(known.request + 1)} if last > known.request else {}
        answer = await self._get(self._events, {"maxEvents": str(_MOST_EVENTS), **again})
        events = answer.get("events") or [] if isinstance(answer, dict) else []
        request, missed = known.request + 1, False
        if not again:
            answered = _number(answer, "requestId", known.request)
            # A number that leaves some out: `lastRequestId` was behind. Those between are asked for by the next look.
            missed = answered > request
            request = known.request if missed else answered
        records = await self._records_of(events, {each.entity: each.fields for each in wanted})
        more = bool(again) or missed or len(events) >= _MOST_EVENTS
        now = known.at if more else self._clock().isoformat()
        return CrmChanges(records, replace(known, request=request, at=now).text(), more)

    async def _subscribed(self, names: str) -> _Cursor:
        params = {"type": "entity", "names": names, "eventTypes": "INSERTED,UPDATED,DELETED"}
        answer = await self._answer(await self._ask("PUT", self._events, params, writes=True))
        return _Cursor(_number(answer, "lastRequestId", 0), self._clock().isoformat(), names)

    async def _last_request(self) -> int | None:
        """The number of the last request for events; None: the subscription is gone."""
        response = await self._ask("GET", f"{self._events}/lastRequestId", {})
        if response.status_code == 404:
            return None
        return _number(await self._answer(response), "result", 0)

    async def _modified(self, cursor: _Cursor, wanted: Sequence[EntityFields]) -> CrmChanges:
        if cursor.kind >= len(wanted):
            done = replace(cursor, since=None, kind=0, after=0, at=self._clock().isoformat())
            return CrmChanges((), done.text(), more=True)
        where = f"{_MODIFIED}>={cursor.since} AND id>{cursor.after}"
        records = await self._query(wanted[cursor.kind], where)
        if len(records) < _PAGE:
            return CrmChanges(records, replace(cursor, kind=cursor.kind + 1, after=0).text(), more=True)
        return CrmChanges(records, replace(cursor, after=_greatest(records)).text(), more=True)

    async def _records_of(
        self, events: Iterable[Mapping[str, Any]], wanted: Mapping[str, Sequence[str]]
    ) -> tuple[CrmRecord, ...]:
        """The records as they are now, each once, whatever the order and number of its events."""
        deleted: dict[CrmKey, datetime] = {}
        ids: dict[str, dict[str, None]] = defaultdict(dict)
        for event in events:
            entity, identity = str(event.get("entityName", "")), plain(event.get("entityId"))
            if entity not in wanted or not identity:
                continue
            key = CrmKey(entity, identity)
            if event.get("entityEventType") == "DELETED":
                deleted[key] = _instant(event.get("eventTimestamp")) or self._clock()
            else:
                ids[entity][identity] = None
        found: list[CrmRecord] = []
        for entity, known in ids.items():
            asked = [each for each in known if CrmKey(entity, each) not in deleted]
            records = await self._by_id(entity, asked, wanted[entity]) if asked else ()
            found += records
            there = {record.key.id for record in records}
            # It was changed and is not there: it was deleted meanwhile, and that event comes, too.
            found += [
                CrmRecord(CrmKey(entity, each), {}, self._clock(), deleted=True) for each in asked if each not in there
            ]
        return (*found, *(CrmRecord(key, {}, at, deleted=True) for key, at in deleted.items()))

    async def _by_id(self, entity: str, ids: Sequence[str], fields: Sequence[str]) -> tuple[CrmRecord, ...]:
        params = {"fields": _field_list(fields), "count": str(len(ids))}
        response = await self._ask("GET", f"entity/{entity}/{','.join(ids)}", params)
        if response.status_code == 404:
            await self._check_fields(entity, fields)
            return ()
        answer = await self._answer(response)
        data = answer.get("data") if isinstance(answer, dict) else None
        rows = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
        return tuple(_record(entity, row) for row in rows)

    async def _check_fields(self, entity: str, fields: Sequence[str]) -> None:
        """404 means that there is no such record, and also that there is no such field: only the first is no error.

        Raises:
            CrmRefusedError: a field is gone.
        """
        known = await self.fields(entity)
        gone = sorted({each.partition(".")[0] for each in fields} - set(known)) if known is not None else []
        if gone:
            raise CrmRefusedError(f"{entity} has no field {gone[0]} any more; correct the mapping file")

    async def record(self, key: CrmKey, fields: Sequence[str]) -> CrmRecord | None:
        """One entity."""
        found = await self._by_id(key.entity, [key.id], fields)
        return found[0] if found else None

    async def page(self, wanted: EntityFields, after: str | None) -> CrmPage:
        """By id: what is added meanwhile comes at the end."""
        records = await self._query(wanted, f"id>{int(after or 0)}")
        return CrmPage(records, str(_greatest(records)) if len(records) >= _PAGE else None)

    async def _query(self, wanted: EntityFields, where: str) -> tuple[CrmRecord, ...]:
        params = {"where": where, "fields": _field_list(wanted.fields), "orderBy": "id", "count": str(_PAGE)}
        answer = await self._get(f"query/{wanted.entity}", params)
        rows = answer.get("data") if isinstance(answer, dict) else None
        return tuple(_record(wanted.entity, row) for row in rows or ())

    async def fields(self, entity: str) -> Collection[str] | None:
        """Of its metadata."""
        answer = await self._get(f"meta/{entity}", {"fields": "*"})
        rows = answer.get("fields", []) if isinstance(answer, dict) else []
        return tuple(str(row["name"]) for row in rows)

    # --- writing ------------------------------------------------------------------------------------------------

    async def write(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        """As the port. The key is stored in the note, task or lead, and looked for before another one is made."""
        match write.kind:
            case "fields":
                return await self._write_fields(write)
            case "note":
                return await self._write_note(write, key, maybe_done=maybe_done)
            case "task":
                return await self._write_task(write, key, maybe_done=maybe_done)
            case "lead":
                return await self._write_lead(write, key, maybe_done=maybe_done)

    async def _write_fields(self, write: CrmWrite) -> CrmWritten:
        fields = dict(write.fields)
        if write.only_if_blank:
            there = await self.record(CrmKey(write.entity, write.record), tuple(fields))
            if there is None:
                raise CrmRefusedError("the record does not exist in Bullhorn")
            fields = {name: value for name, value in fields.items() if not plain(value_at(there.values, name))}
        if fields:
            await self._change("POST", f"entity/{write.entity}/{write.record}", _nested(fields))
        return CrmWritten(fields=fields)

    async def _write_note(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        if maybe_done and (found := await self._search("search/Note", {"query": f'externalID:"{key}"'})):
            return CrmWritten(made=found)
        person = write.record
        if write.entity == "Placement":
            placement = await self.record(CrmKey("Placement", write.record), ("candidate.id",))
            person = plain(value_at(placement.values, "candidate.id")) if placement is not None else ""
        if not person.isdecimal():
            raise CrmRefusedError("there is nobody in Bullhorn whom the note could be about")
        note: dict[str, Any] = {
            "action": (write.label or _LINE)[:30],
            "comments": write.text,
            "personReference": {"id": int(person)},
            "externalID": key,
        }
        if write.owner is not None:
            note["commentingPerson"] = {"id": _id(write.owner)}
        return CrmWritten(made=await self._change("PUT", "entity/Note", note))

    async def _write_task(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        ident = _task_uuid(key)
        if maybe_done and (found := await self._search("query/Task", {"where": f"taskUUID='{ident}'"})):
            return CrmWritten(made=found)
        due = int((write.due or write.at).timestamp() * 1000)
        task: dict[str, Any] = {
            "subject": write.title,
            "description": write.text,
            "type": (write.label or "Follow-up")[:30],
            "dateBegin": due,
            "dateEnd": due,
            "isCompleted": False,
            "taskUUID": ident,
        }
        if write.entity in _TASK_OF:
            task[_TASK_OF[write.entity]] = {"id": _id(write.record)}
        if write.owner is not None:
            task["owner"] = {"id": _id(write.owner)}
        return CrmWritten(made=await self._change("PUT", "entity/Task", task))

    async def _write_lead(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        if maybe_done and (found := await self._search("search/Lead", {"query": f'comments:"{key}"'})):
            return CrmWritten(made=found)
        wanted = ("firstName", "lastName", "email", "phone", *write.copied.values())
        person = await self.record(CrmKey(write.entity, write.record), tuple(dict.fromkeys(wanted)))
        if person is None:
            raise CrmRefusedError("the record does not exist in Bullhorn")
        lead: dict[str, Any] = {
            name: person.values[name] for name in ("firstName", "lastName", "email", "phone") if person.values.get(name)
        }
        lead["name"] = " ".join(str(lead[name]) for name in ("firstName", "lastName") if name in lead)[:100]
        lead |= {theirs: value_at(person.values, from_path) for theirs, from_path in write.copied.items()}
        lead |= _nested(write.fields)
        lead["comments"] = f"{lead.get('comments', '')} [{_LINE} {key}]".strip()
        if write.owner is not None:
            lead.setdefault("owner", {"id": _id(write.owner)})
        made = await self._change("PUT", "entity/Lead", lead)
        if write.entity in _LEAD_OF:
            # To-many associations cannot be part of what is created. A lead without it is still a lead.
            path = f"entity/Lead/{made}/{_LEAD_OF[write.entity]}/{_id(write.record)}"
            await self._ask("PUT", path, {}, writes=True)
        return CrmWritten(made=made)

    async def _search(self, path: str, params: Mapping[str, str]) -> str:
        """The id of what an earlier try made; empty: there is nothing."""
        answer = await self._get(path, {**params, "fields": "id", "count": "1"})
        rows = answer.get("data") if isinstance(answer, dict) else None
        return plain(rows[0].get("id")) if rows else ""

    async def _change(self, method: str, path: str, body: Mapping[str, Any]) -> str:
        response = await self._ask(method, path, {}, body=body, writes=True)
        if response.status_code in (400, 403, 404, 405, 409, 422):
            # Also one that we are not entitled to: other writes may be.
            raise CrmRefusedError(f"Bullhorn refuses it (HTTP {response.status_code}{_why(response)})")
        answer = await self._answer(response, writes=True)
        return plain(answer.get("changedEntityId")) if isinstance(answer, dict) else ""

    # --- asking -------------------------------------------------------------------------------------------------

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        return await self._answer(await self._ask("GET", path, params))

    async def _answer(self, response: httpx.Response, *, writes: bool = False) -> Any:
        if response.status_code == 403:
            raise CrmAccessError("the API user of Bullhorn is not entitled to that (HTTP 403)")
        if response.status_code >= 400:
            raise CrmRefusedError(f"Bullhorn refuses it (HTTP {response.status_code}{_why(response)})")
        if response.status_code >= 300:
            raise CrmAccessError(f"Bullhorn redirects (HTTP {response.status_code})")
        return json_of(response, writes=writes)

    async def _ask(
        self, method: str, path: str, params: Mapping[str, str], *, body: object = None, writes: bool = False
    ) -> httpx.Response:
        """Asks with the session; one that is over is made again, once."""
        kept = await self._sessions.current() or await self._sessions.renewed(None, self._made)
        for renew in (True, False):
            session = BullhornSession.of(kept)
            response = await follow(
                self._http,
                self._login,
                method,
                f"{session.rest}{path}",
                params=dict(params) or None,
                body=body,
                headers={"BhRestToken": session.token},
                writes=writes,
            )
            if response.status_code != 401:
                return response
            if renew:
                kept = await self._sessions.renewed(kept, self._made)
        raise CrmAccessError("Bullhorn refuses a session that it has just made (HTTP 401)")

    async def _made(self, former: str | None) -> str:
        session = await sign_in(self._http, self._login, BullhornSession.of(former) if former else None)
        return session.kept()


def _record(entity: str, row: Mapping[str, Any]) -> CrmRecord:
    return CrmRecord(CrmKey(entity, plain(row.get("id"))), row, _instant(row.get(_MODIFIED)))


def _field_list(paths: Iterable[str]) -> str:
    """Paths as Bullhorn has them: ``owner.id`` is ``owner(id)``."""
    return _grouped(["id", _MODIFIED, *paths])


def _grouped(paths: Iterable[str]) -> str:
    nested: dict[str, list[str]] = {}
    for path in paths:
        first, _, rest = path.partition(".")
        nested.setdefault(first, []).extend([rest] if rest else [])
    return ",".join(f"{first}({_grouped(rest)})" if rest else first for first, rest in nested.items())


def _nested(fields: Mapping[str, Scalar]) -> dict[str, Any]:
    """``{"owner.id": "7"}`` as ``{"owner": {"id": 7}}``."""
    found: dict[str, Any] = {}
    for path, value in fields.items():
        first, _, rest = path.partition(".")
        if not rest:
            found[first] = value
        else:
            found.setdefault(first, {})[rest] = _id(value) if rest == "id" else value
    return found


def _id(value: Scalar) -> int | str:
    text = plain(value)
    return int(text) if text.isdecimal() else text


def _instant(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return datetime.fromtimestamp(value / 1000, tz=UTC)


def _greatest(records: Iterable[CrmRecord]) -> int:
    """The id that the next page begins behind, in whatever order the rows of this one stand."""
    return max(int(record.key.id) for record in records)


def _number(answer: object, key: str, otherwise: int) -> int:
    found = answer.get(key) if isinstance(answer, dict) else None
    if found is None:
        return otherwise
    if not isinstance(found, int):
        raise CrmAwayError(f"Bullhorn's answer has no number as {key}", whole=False)
    return found


def _task_uuid(key: str) -> str:
    """A second id as Bullhorn has it: 8-4-4-16 of A-Z and 0-9."""
    digest = hashlib.sha256(key.encode()).hexdigest().upper()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:32]}"


def _why(response: httpx.Response) -> str:
    """The key of an error, which is a constant of theirs; its message may quote what we sent."""
    try:
        answer = response.json()
    except ValueError:
        return ""
    key = answer.get("errorMessageKey") if isinstance(answer, dict) else None
    return f", {key}" if isinstance(key, str) and _KEY.fullmatch(key) else ""
