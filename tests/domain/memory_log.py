"""An event log in memory. It passes the same conformance suite as the real one (tests/adapters/test_event_log.py)."""

from datetime import UTC, datetime

from domain.errors import ClaimTaken, Conflict
from domain.log import Append, Recorded, Remembered


class MemoryLog:
    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.claims: dict[str, str] = {}
        self.commands: dict[str, Remembered] = {}

    def read(self, stream):
        return [recorded for recorded in self.events if recorded.stream == stream]

    def after(self, position, limit):
        return self.events[position : position + limit]

    def newest(self):
        return len(self.events)

    def remembered(self, key):
        return self.commands.get(key)

    def append(self, change: Append):
        if len(self.read(change.stream)) != change.expected_version:
            raise Conflict(change.stream)
        for key in sorted(change.claim):
            if self.claims.get(key, change.stream) != change.stream:
                raise ClaimTaken(key, self.claims[key])
        if change.idempotency and change.idempotency.key in self.commands:
            raise Conflict(change.idempotency.key)
        for key in change.release:
            self.claims.pop(key, None)
        self.claims |= dict.fromkeys(change.claim, change.stream)
        now, metadata = datetime.now(UTC), change.trace.metadata()
        recorded = [
            Recorded(self.newest() + number, change.stream, change.expected_version + number, event, now, metadata)
            for number, event in enumerate(change.events, start=1)
        ]
        self.events += recorded
        if change.idempotency:
            used = change.idempotency
            self.commands[used.key] = Remembered(
                used.key, used.mutation, used.digest, used.objects, recorded[0].position
            )
        return recorded

    def append_all(self, changes):
        before = list(self.events), dict(self.claims), dict(self.commands)
        try:
            return [recorded for change in changes for recorded in self.append(change)]
        except (Conflict, ClaimTaken):
            self.events, self.claims, self.commands = before
            raise
