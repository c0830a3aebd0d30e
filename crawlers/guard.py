"""Refuses private addresses where it counts: when a name has become an address."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer  # type: ignore[import-untyped]

from crawlers.urls import address_refusal

LOOPBACK_SETTING = "KHABAR_LOOPBACK"
PORTS_SETTING = "KHABAR_PORTS"
_WEB_PORTS = (80, 443)


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names for every connection Scrapy opens, and drops addresses that are refused.

    Twisted connects to exactly the addresses it is handed here, literal ones too, so that a name
    that changes its address between check and use (DNS rebinding) gains nothing.
    """

    refusals: dict[str, str] = {}  # noqa: RUF012 (one crawl a process: the spider reads it)

    def __init__(self, reactor: Any, loopback: Sequence[str], ports: Sequence[str]) -> None:
        self._reactor = reactor
        self._inner = reactor.nameResolver
        self._loopback = frozenset(loopback)
        self._ports = frozenset(ports)

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Build the resolver as Scrapy asks for it."""
        settings = crawler.settings
        return cls(reactor, settings.getlist(LOOPBACK_SETTING), settings.getlist(PORTS_SETTING))

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's own resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve a name, and hand on only addresses that may be connected to."""
        receiver = _Sieve(resolutionReceiver, f"{hostName}:{portNumber}", self._refusal)
        return self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )

    def _refusal(self, address: Any, host_port: str) -> str | None:
        is_odd = address.port not in _WEB_PORTS and host_port not in self._ports | self._loopback
        odd_port = f"port {address.port} is not one of the source's" if is_odd else None
        return address_refusal(address.host, host_port, self._loopback) or odd_port


@implementer(IResolutionReceiver)
class _Sieve:
    def __init__(self, receiver: Any, host_port: str, refusal: Any) -> None:
        self._receiver = receiver
        self._host_port = host_port
        self._refusal = refusal

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        why = self._refusal(address, self._host_port)
        if why is None:
            self._receiver.addressResolved(address)
        else:
            GuardedResolver.refusals[self._host_port] = why

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
