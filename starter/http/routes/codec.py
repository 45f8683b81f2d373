"""``/codec/decode``: decrypts payloads for the Temporal UI and for ``temporal --codec-endpoint``. Off by default.

The UI is a page of another origin. Only the one that ``RELANCE_CODEC_ORIGIN`` names is answered: with the session of
the console (the browser sends it where both are of one site), or with a token that may read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request, Response
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

from adapters.temporal.client import payload_codec
from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.access.token_scope import TokenScope, allows
from sequences.errors import NotAllowedError, SettingsError
from starter.http.callers import caller_by, given_in, lacks
from starter.http.errors import answers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sequences.access.viewer import Viewer
    from starter.http.dependencies import Ways

_HEADERS: Final = "authorization, content-type, x-namespace"
_NO_PAYLOADS: Final = "the body is not JSON of Temporal's Payloads"
_REMEMBER: Final = "600"
"""Seconds for which a browser need not ask again."""


def router(ways: Ways, viewer_of: Callable[[Request], Awaitable[Viewer | None]]) -> APIRouter:
    """``/codec/decode``, where a UI is named; else nothing.

    Args:
        ways: ours.
        viewer_of: who is signed in to the console, by the cookie of a request.
    """
    routes = APIRouter(prefix="/codec", tags=["temporal"])
    origin = ways.settings.codec_origin
    if not origin:
        return routes
    codec = payload_codec(ways.settings.payload_secrets())
    if codec is None:
        raise SettingsError("RELANCE_CODEC_ORIGIN needs RELANCE_PAYLOAD_KEYS: there is nothing to decrypt without keys")
    find_caller = caller_by(ways)

    def allowed(request: Request) -> Mapping[str, str]:
        """The headers for the one origin; programs send none.

        Raises:
            HTTPException: another page asks.
        """
        asking = request.headers.get("origin")
        if asking is None:
            return {}
        if asking != origin:
            raise HTTPException(403, "this origin is not the one of RELANCE_CODEC_ORIGIN")
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }

    async def check(request: Request) -> None:
        """Lets in who may read: by a token, or by a session from the page of the UI.

        Raises:
            HTTPException: 401 or 403.
            NotAllowedError: the role of the user does not allow it.
        """
        given = given_in(request.headers.get("authorization", ""))
        # A cookie goes along with requests of any page: without an origin nobody knows of which.
        viewer = await viewer_of(request) if given is None and "origin" in request.headers else None
        if viewer is not None:
            authorize(viewer, Act.READ_SETTINGS)
            return
        caller = await find_caller(given)
        if not allows(caller.scopes, TokenScope.READ):
            raise lacks(caller, TokenScope.READ)

    @routes.options("/decode", include_in_schema=False)
    async def may_decode(request: Request) -> Response:
        headers = {
            **allowed(request),
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Max-Age": _REMEMBER,
        }
        return Response(status_code=204, headers=headers)

    @routes.post(
        "/decode",
        summary="Decrypt payloads of Temporal",
        description="The remote codec of Temporal's UI and CLI: JSON of `temporal.api.common.v1.Payloads`.",
        responses=answers(400, 401, 403),
    )
    async def decode_payloads(request: Request) -> Response:
        headers = dict(allowed(request))
        try:
            await check(request)
        # Without the headers the UI cannot read why.
        except NotAllowedError as error:
            raise HTTPException(403, str(error), headers) from error
        except HTTPException as refused:
            raise HTTPException(refused.status_code, refused.detail, {**(refused.headers or {}), **headers}) from None
        payloads = _read(await request.body())
        try:
            decoded = Payloads(payloads=await codec.decode(payloads.payloads))
        except SettingsError as error:
            raise HTTPException(400, str(error), headers) from error
        body = json.dumps(json_format.MessageToDict(decoded)).encode()
        return Response(body, media_type="application/json", headers={**headers, "Cache-Control": "no-store"})

    return routes


def _read(body: bytes) -> Any:
    try:
        given = json.loads(body)
        if isinstance(given, dict):
            return json_format.ParseDict(given, Payloads(), ignore_unknown_fields=True)
    # A bad character or bad JSON is a ValueError, too.
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise HTTPException(400, _NO_PAYLOADS) from error
    raise HTTPException(400, _NO_PAYLOADS)
