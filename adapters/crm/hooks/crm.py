"""A CRM behind an address of its own: whoever builds the bridge to a CRM that we do not know speaks this."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from adapters.crm.crm_http import CrmHttp, json_of
from adapters.crm.hooks.messages import (
    HooksAccount,
    HooksChanges,
    HooksFields,
    HooksPage,
    HooksRecord,
    HooksWritten,
)
from adapters.crm.pace import Pace
from sequences.crm.records import CrmChanges, CrmPage
from sequences.crm.writing import CrmWritten
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError
from sequences.sending.webhook_signature import webhook_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import httpx

    from sequences.crm.records import CrmKey, CrmRecord, EntityFields
    from sequences.crm.writing import CrmWrite

_A = TypeVar("_A", bound=BaseModel)
_NOT_OFFERED: Final = frozenset({404, 405, 501})
_PACE: Final = (10.0, 20)


class HooksCrm:
    """The generic contract.

    Args:
        url: of the receiver.
        keys: sign every request, as Standard Webhooks have it; the newest first.
        echo: makes the token that comes back in changes which a write led to.
        clock: in unix seconds.
    """

    def __init__(
        self,
        url: str,
        keys: Sequence[bytes],
        echo: Callable[[str], str],
        clock: Callable[[], float],
        http: CrmHttp | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._keys = keys
        self._echo = echo
        self._clock = clock
        self._http = http or CrmHttp(Pace(*_PACE))

    async def aclose(self) -> None:
        """As ``services.crm.port.Crm``."""
        await self._http.aclose()

    async def account(self) -> str:
        """The receiver's own word; empty where it has none."""
        answer = await self._get("account", {})
        return _read(HooksAccount, answer).account if answer is not None else ""

    async def changes(self, cursor: str | None, wanted: Sequence[EntityFields]) -> CrmChanges:
        """The receiver's list of changes; where it has none, changes come by ``POST /hooks/crm``."""
        names = ",".join(each.entity for each in wanted)
        answer = await self._get("changes", {"entities": names} | ({"cursor": cursor} if cursor else {}))
        if answer is None:
            return CrmChanges((), cursor or "")
        found = _read(HooksChanges, answer)
        return CrmChanges(tuple(each.record() for each in found.records), found.cursor, found.more)

    async def record(self, key: CrmKey, fields: Sequence[str]) -> CrmRecord | None:
        """One record; the fields are the receiver's business."""
        answer = await self._get(f"records/{quote(key.entity, safe='')}/{quote(key.id, safe='')}", {})
        return _read(HooksRecord, answer).record() if answer is not None else None

    async def page(self, wanted: EntityFields, after: str | None) -> CrmPage:
        """A page of all records.

        Raises:
            CrmRefusedError: the receiver has no such list.
        """
        answer = await self._get(f"records/{quote(wanted.entity, safe='')}", {"after": after} if after else {})
        if answer is None:
            raise CrmRefusedError(f"the receiver has no list of {wanted.entity}: send all records to the hook instead")
        found = _read(HooksPage, answer)
        return CrmPage(tuple(each.record() for each in found.records), found.after)

    async def fields(self, entity: str) -> Collection[str] | None:
        """The receiver's word, where it has one."""
        answer = await self._get(f"fields/{quote(entity, safe='')}", {})
        return _read(HooksFields, answer).fields if answer is not None else None

    async def write(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        """One signed POST; the receiver knows a repetition by its ``webhook-id``."""
        data = write.model_dump(mode="json", exclude_none=True) | {"id": key, "echo": self._echo(key)}
        stamp = data.pop("at")
        body = json.dumps({"type": f"crm.{write.kind}", "timestamp": stamp, "data": data}, separators=(",", ":"))
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        headers |= webhook_headers(self._keys, key, int(self._clock()), body.encode())
        response = await self._http.ask(
            "POST", f"{self._url}/writes", content=body.encode(), headers=headers, writes=True
        )
        _check(response, write=True)
        answer = json_of(response, writes=True)
        done = _read(HooksWritten, answer) if isinstance(answer, dict) else HooksWritten()
        if write.kind != "fields":
            return CrmWritten(made=done.id or key)
        return CrmWritten(fields=done.written if done.written is not None else write.fields)

    async def _get(self, path: str, params: Mapping[str, str]) -> object:
        """The JSON of an answer; None: the receiver has no such thing."""
        headers = webhook_headers(self._keys, f"get-{path}"[:100], int(self._clock()), b"")
        response = await self._http.ask("GET", f"{self._url}/{path}", params=params, headers=headers)
        if response.status_code in _NOT_OFFERED:
            return None
        _check(response, write=False)
        return json_of(response)


def _check(response: httpx.Response, *, write: bool) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    if status in (401, 403) and not (write and status == 403):
        raise CrmAccessError(f"the receiver refuses our signature (HTTP {status}): check RELANCE_CRM_SECRET")
    if 300 <= status < 400:
        raise CrmAccessError(f"the receiver redirects (HTTP {status}): use its new address in the mapping file")
    raise CrmRefusedError(f"the receiver refuses it (HTTP {status})")


def _read(model: type[_A], answer: object) -> _A:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise CrmAwayError(f"the answer of the receiver is not as agreed (at {place})", whole=False) from error
