"""Keeps the connections to each host that destinations send to, directly or through the proxy of the environment.

`HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (either case) mean what they mean to curl and to the AWS SDK. A proxy may
have a name and a password in its address. To https hosts it carries a tunnel and sees nothing of what is sent.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import urllib3

_VARIABLES: Final = ("https_proxy", "http_proxy", "all_proxy")


class Connections:
    """Pools of connections by origin; made when first asked for.

    Args:
        size: connections kept open per host; as many as there are threads.
        environment: names the proxies.
    """

    def __init__(self, size: int, environment: Mapping[str, str] | None = None) -> None:
        self._size = size
        given = os.environ if environment is None else environment
        lowered = {name.lower(): value for name, value in given.items() if name.lower() in {*_VARIABLES, "no_proxy"}}
        self._proxies = {
            scheme: address
            for scheme in ("http", "https")
            if (address := lowered.get(f"{scheme}_proxy") or lowered.get("all_proxy"))
        }
        self._bypassed = lowered.get("no_proxy", "")
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}
        self._managers: dict[str, urllib3.ProxyManager] = {}
        self._places: dict[str, tuple[urllib3.HTTPConnectionPool, str, Mapping[str, str]]] = {}

    def place(self, url: str) -> tuple["urllib3.HTTPConnectionPool", str, Mapping[str, str]]:
        """Return the connections for a URL, the target to ask for on them, and headers that a proxy wants.

        Addresses come from the secret, so there are few; urllib3's manager of pools works all this out every time. Two
        threads that make a pool at once lose one that is idle.

        Raises:
            urllib3.exceptions.HTTPError: the URL, or that of the proxy, is no http(s) address.
        """
        if url not in self._places:
            self._places[url] = self._made(url)
        return self._places[url]

    def _made(self, url: str) -> tuple["urllib3.HTTPConnectionPool", str, Mapping[str, str]]:
        import urllib3  # noqa: PLC0415 - 48 ms of a cold start, only when something is to be sent

        parsed = urllib3.util.parse_url(url)
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise urllib3.exceptions.LocationValueError("no http address")
        origin = f"{parsed.scheme}://{parsed.netloc}"
        proxy = self._proxy_for(parsed.scheme, parsed.host, parsed.port)
        if proxy is None:
            if origin not in self._pools:
                made = urllib3.connection_from_url(origin, maxsize=self._size, retries=False)
                self._pools.setdefault(origin, made)
            return self._pools[origin], parsed.request_uri, {}
        manager = self._manager(proxy)
        is_tunnel = parsed.scheme == "https"
        target = parsed.request_uri if is_tunnel else url
        return manager.connection_from_url(origin), target, {} if is_tunnel else manager.proxy_headers

    def _manager(self, proxy: str) -> "urllib3.ProxyManager":
        import urllib3  # noqa: PLC0415 - see _made

        if proxy not in self._managers:
            address = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
            headers = urllib3.make_headers(proxy_basic_auth=_unquoted(address.auth)) if address.auth else None
            place = address._replace(auth=None, path=None, query=None, fragment=None).url
            made = urllib3.ProxyManager(place, maxsize=self._size, retries=False, proxy_headers=headers)
            self._managers.setdefault(proxy, made)
        return self._managers[proxy]

    def _proxy_for(self, scheme: str, host: str, port: int | None) -> str | None:
        proxy = self._proxies.get(scheme)
        if proxy is None or not self._bypassed:
            return proxy
        from urllib.request import (  # type: ignore[attr-defined]  # noqa: PLC0415 - only where a proxy is configured
            proxy_bypass_environment,  # public since Python 2, but not in the type stubs
        )

        named = f"{host}:{port}" if port else host
        return None if proxy_bypass_environment(named, {"no": self._bypassed}) else proxy


def _unquoted(credentials: str) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 - see above

    return unquote(credentials)
