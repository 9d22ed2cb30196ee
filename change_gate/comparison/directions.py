"""The sender and the reader of each message. No other module decides who sends what."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from change_gate.documents import Node
from change_gate.findings import Direction


class Initiator(enum.Enum):
    """The side that sends the request of an operation."""

    CLIENT = enum.auto()  # operations under `paths`
    SERVER = enum.auto()  # callbacks and webhooks


class Message(enum.Enum):
    """The two messages of an operation."""

    REQUEST = enum.auto()
    RESPONSE = enum.auto()


def direction_of(message: Message, initiator: Initiator) -> Direction:
    """Return the way a message travels.

    A client keeps BASE while the server moves on to HEAD. So BASE sends what travels to the server, and HEAD reads
    it; HEAD sends what travels to the client, and BASE reads it.
    """
    by_client = (message is Message.REQUEST) == (initiator is Initiator.CLIENT)
    return Direction.CLIENT_TO_SERVER if by_client else Direction.SERVER_TO_CLIENT


def sender_name(direction: Direction) -> str:
    """Return the document that the sender of a message follows: `base` or `head`."""
    return "base" if direction is Direction.CLIENT_TO_SERVER else "head"


@dataclass(frozen=True)
class Pair:
    """One part of the contract in both documents; None where a document lacks it."""

    base: Node | None
    head: Node | None

    def get(self, *keys: str) -> Pair:
        """Return a member of both sides, with references resolved."""
        return Pair(
            self.base.get(*keys) if self.base else None,
            self.head.get(*keys) if self.head else None,
        )

    def raw(self, *keys: str) -> Pair:
        """Return a member of both sides as it is written."""
        return Pair(
            self.base.raw(*keys) if self.base else None,
            self.head.raw(*keys) if self.head else None,
        )

    def sender(self, direction: Direction) -> Node | None:
        """Return the side that sends."""
        return self.base if sender_name(direction) == "base" else self.head

    def reader(self, direction: Direction) -> Node | None:
        """Return the side that reads."""
        return self.head if sender_name(direction) == "base" else self.base

    def nodes(self) -> Iterator[Node]:
        """Yield the sides that exist, BASE first."""
        yield from (node for node in (self.base, self.head) if node is not None)


def ordered(sent: Node | None, read: Node | None, direction: Direction) -> Pair:
    """Return the pair of a sender's part and a reader's part."""
    return Pair(sent, read) if sender_name(direction) == "base" else Pair(read, sent)
