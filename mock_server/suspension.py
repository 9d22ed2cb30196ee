"""Calls that wait for a result without blocking their thread.

A function that runs as a `Call` may suspend itself in the middle of ordinary code. Control returns to the event loop,
which resumes the call once the result is there. So the core needs no `async`, and a request needs no thread.
SQLAlchemy's asyncio extension uses greenlets in the same way.
"""

from collections.abc import Callable
from typing import Any

try:
    from greenlet import getcurrent, greenlet
except ImportError:  # It is not available for every system.
    greenlet, getcurrent = object, object

IS_AVAILABLE = greenlet is not object
"""Calls can be suspended. Without greenlet, requests that wait for a database run in threads."""


class Call(greenlet):  # type: ignore[misc] # greenlet has no types
    """One call of a function. `switch(argument)` starts it, and returns its result if it was never suspended."""

    done: Callable[[Any], None] | None = None
    """Takes the result of a call that was suspended."""

    def resume(self, value: object) -> None:
        """Let `suspend` return a value in the suspended call."""
        result = self.switch(value)
        if self.dead and self.done is not None:
            self.done(result)

    def fail(self, error: Exception) -> None:
        """Let `suspend` raise an error in the suspended call."""
        result = self.throw(error)
        if self.dead and self.done is not None:
            self.done(result)


def current_call() -> Call | None:
    """Return the call that runs at present, or None outside of a call."""
    current = getcurrent()
    return current if isinstance(current, Call) else None


def suspend(call: Call) -> Any:
    """Suspend the call that runs at present until another function resumes it, and return the value from there."""
    return call.parent.switch()
