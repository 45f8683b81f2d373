"""How one gets into Bullhorn: the data centre of the user, OAuth, and then a session of the REST API."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

from adapters.crm.crm_http import json_of
from sequences.errors import CrmAccessError, CrmAwayError

if TYPE_CHECKING:
    import httpx

    from adapters.crm.crm_http import CrmHttp

DEFAULT_URL: Final = "https://rest.bullhornstaffing.com"
"""Where the data centre of a user is asked for."""
_MOST_REDIRECTS: Final = 3


@dataclass(frozen=True)
class BullhornLogin:
    """Who we are.

    Attributes:
        client_id: of the OAuth client.
        client_secret: its secret.
        user: the API user.
        password: of the user.
        url: where ``loginInfo`` is asked; None: Bullhorn's own.
    """

    client_id: str
    client_secret: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    url: str | None = None

    @property
    def start(self) -> str:
        """Where it begins."""
        return (self.url or DEFAULT_URL).rstrip("/")


@dataclass(frozen=True)
class BullhornSession:
    """A session of the REST API.

    Attributes:
        token: the ``BhRestToken``.
        rest: address of the REST API of this corporation; it ends in a slash.
        oauth: address of the OAuth server of the data centre.
        refresh: the refresh token; empty: there is none. Each works once.
    """

    token: str = field(repr=False)
    rest: str
    oauth: str
    refresh: str = field(default="", repr=False)

    @property
    def corporation(self) -> str:
        """The corporation token: the last part of the address."""
        return self.rest.rstrip("/").rpartition("/")[2]

    def kept(self) -> str:
        """As it is stored."""
        return json.dumps({"token": self.token, "rest": self.rest, "oauth": self.oauth, "refresh": self.refresh})

    @classmethod
    def of(cls, kept: str) -> BullhornSession:
        """From what was stored."""
        return cls(**json.loads(kept))


async def sign_in(http: CrmHttp, login: BullhornLogin, former: BullhornSession | None) -> BullhornSession:
    """Makes a session: by the last refresh token, else by the password.

    Raises:
        CrmAccessError: Bullhorn refuses the client, the user or the password.
        CrmAwayError: it does not answer.
    """
    if former is not None and former.refresh:
        answer = await _token(
            http, former.oauth, login, {"grant_type": "refresh_token", "refresh_token": former.refresh}
        )
        if answer is not None:
            rest = await _rest_url(http, login)
            return await _session(http, login, rest, former.oauth, answer)
    response = await http.ask("GET", f"{login.start}/rest-services/loginInfo", params={"username": login.user})
    info = _mapping(response, "loginInfo")
    oauth, rest = str(info.get("oauthUrl", "")).rstrip("/"), str(info.get("restUrl", ""))
    if not oauth or not rest:
        raise CrmAccessError("Bullhorn knows no data centre of the user: check `user` in the mapping file")
    _trusted(login, oauth, rest)
    code = await _code(http, oauth, login)
    answer = await _token(http, oauth, login, {"grant_type": "authorization_code", "code": code})
    if answer is None:
        raise CrmAccessError("Bullhorn refuses the OAuth client: check `client_id` and RELANCE_CRM_SECRET")
    return await _session(http, login, rest, oauth, answer)


async def _rest_url(http: CrmHttp, login: BullhornLogin) -> str:
    response = await http.ask("GET", f"{login.start}/rest-services/loginInfo", params={"username": login.user})
    rest = str(_mapping(response, "loginInfo").get("restUrl", ""))
    _trusted(login, rest)
    return rest


async def _code(http: CrmHttp, oauth: str, login: BullhornLogin) -> str:
    form = {
        "client_id": login.client_id,
        "response_type": "code",
        "action": "Login",
        "username": login.user,
        "password": login.password,
    }
    # As a form: an address ends up in logs.
    response = await follow(http, login, "POST", f"{oauth}/authorize", form=form)
    code: str = parse_qs(urlsplit(response.headers.get("Location", "")).query).get("code", [""])[0]
    if not code:
        raise CrmAccessError(
            "Bullhorn refuses the user: check `user` and RELANCE_CRM_PASSWORD, and accept its terms once in a browser"
        )
    return code


async def _token(http: CrmHttp, oauth: str, login: BullhornLogin, form: dict[str, str]) -> dict[str, Any] | None:
    """The tokens; None: they are refused."""
    form = {**form, "client_id": login.client_id, "client_secret": login.client_secret}
    response = await follow(http, login, "POST", f"{oauth}/token", form=form)
    if response.status_code in (400, 401, 403):
        return None
    return _mapping(response, "token")


async def _session(
    http: CrmHttp, login: BullhornLogin, rest: str, oauth: str, tokens: dict[str, Any]
) -> BullhornSession:
    params = {"version": "*", "access_token": str(tokens.get("access_token", "")), "ttl": "60"}
    response = await follow(http, login, "POST", urljoin(rest, "login"), params=params)
    if response.status_code in (400, 401, 403):
        raise CrmAccessError("Bullhorn refuses a session: the API user may have no access to the REST API")
    answer = _mapping(response, "login")
    token, address = answer.get("BhRestToken"), answer.get("restUrl")
    if not token or not address:
        raise CrmAwayError("Bullhorn's answer to the login has no session", whole=True)
    _trusted(login, str(address))
    return BullhornSession(str(token), f"{str(address).rstrip('/')}/", oauth, str(tokens.get("refresh_token", "")))


async def follow(http: CrmHttp, login: BullhornLogin, method: str, url: str, **more: Any) -> httpx.Response:
    """Asks, and follows 307 to the right data centre; any other redirect is an answer.

    Raises:
        CrmAccessError: it leads away from Bullhorn, or round in circles.
    """
    for _ in range(_MOST_REDIRECTS):
        response = await http.ask(method, url, **more)
        if response.status_code != 307:
            return response
        url = urljoin(url, response.headers.get("Location", ""))
        # The new address has the parameters already.
        more.pop("params", None)
        _trusted(login, url)
    raise CrmAccessError("Bullhorn redirects again and again")


def _trusted(login: BullhornLogin, *urls: str) -> None:
    """Passwords and tokens go where Bullhorn is and nowhere else.

    Raises:
        CrmAccessError: an address is not Bullhorn's.
    """
    start = urlsplit(login.start)
    for url in urls:
        there = urlsplit(url)
        same = there.hostname is not None and _site(there.hostname) == _site(start.hostname or "")
        if not same or there.scheme != start.scheme:
            raise CrmAccessError("Bullhorn names an address that is not its own; nothing was sent there")


def _site(host: str) -> str:
    """The last two labels of a name; an address of the internet is itself."""
    labels = host.split(".")
    return host if labels[-1].isdecimal() else ".".join(labels[-2:])


def _mapping(response: httpx.Response, what: str) -> dict[str, Any]:
    if response.status_code != 200:
        raise CrmAccessError(f"Bullhorn refuses {what} (HTTP {response.status_code})")
    answer = json_of(response)
    if not isinstance(answer, dict):
        raise CrmAwayError(f"Bullhorn's answer to {what} is not as documented", whole=True)
    return answer
