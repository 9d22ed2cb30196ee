"""Behaviour on demand as one value: latency, faults, rate limit, token life and outage."""

from dataclasses import dataclass, fields, replace
from typing import Any

from mock_server.behaviour.failures import LONGEST_DELAY, is_number, seconds_hint
from mock_server.core.settings import MAX_TTL, Settings
from mock_server.core.spelling import did_you_mean
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.named_fault import NamedFault


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Everything that can change while the mock runs. The default changes nothing."""

    latency: tuple[float, float] | None = None
    """Least and greatest delay of a response, in seconds."""
    faults: tuple[str | NamedFault, ...] = ()
    """Faults, or names of the mock's own ones; a request meets the last one first."""
    rate: float | None = None
    """Requests a second, over all clients."""
    token_life: float | None = None
    """Longest life of a new token, in seconds."""
    outage: bool = False
    """Every request gets a 503."""

    def __post_init__(self) -> None:
        if self.latency is not None:
            _check_latency(self.latency)
        if self.rate is not None and not (is_number(self.rate) and self.rate > 0):
            raise ValueError(f"a rate limit is a number greater than 0, not {self.rate!r}")
        if self.token_life is not None and not (
            is_number(self.token_life) and 0 < self.token_life <= MAX_TTL
        ):
            raise ValueError(
                f"a token life is greater than 0 and at most {MAX_TTL} seconds, not {self.token_life!r}"
            )
        if not isinstance(self.outage, bool):
            raise ValueError(f"outage is True or False, not {self.outage!r}")
        for fault in self.faults:
            Catalogue().find(fault)

    @property
    def fault_names(self) -> list[str]:
        """The names of the faults."""
        return [fault if isinstance(fault, str) else fault.name for fault in self.faults]

    def changed(self, **changes: Any) -> "Behaviour":
        """Return a copy with other values. Raises ValueError for an invalid value, TypeError for an unknown name."""
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                raise TypeError(
                    f"unknown behaviour {name!r}; known are {', '.join(known)}{did_you_mean(name, known)}"
                )
        return replace(self, **changes)

    def apply(self, settings: Settings) -> Settings:
        """Return the settings of a tenant with this rate limit and token life."""
        limits = replace(settings.limits, rate=self.rate)
        return replace(settings, limits=limits, auth=replace(settings.auth, shortened_life=self.token_life))


def _check_latency(latency: object) -> None:
    """Raise ValueError if this is not a pair of delays in seconds."""
    if not isinstance(latency, tuple | list) or len(latency) != 2 or not all(map(is_number, latency)):  # noqa: PLR2004
        raise ValueError(f"a latency is a number of seconds or a pair of numbers, not {latency!r}")
    low, high = latency
    if not 0 <= low <= high <= LONGEST_DELAY:
        shown = f"{low:g} s" if low == high else f"{low:g} to {high:g} s"
        raise ValueError(
            f"a latency is between 0 and {LONGEST_DELAY:.0f} s, the lower bound first, not {shown}"
            f"{seconds_hint(high)}"
        )
