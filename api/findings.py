"""What an examination of the service finds: one line for each thing that was looked at."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Health(StrEnum):
    """How something is: WARN keeps nothing from working, FAIL does."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """How `what` is, in a few words; `advice` says what to do, where something is to be done."""

    what: str
    health: Health
    told: str
    advice: str = ""

    def line(self) -> str:
        """For a person."""
        advice = f": {self.advice}" if self.advice else ""
        return f"{self.health:<4} {self.what}: {self.told}{advice}"

    def plain(self) -> dict[str, str | None]:
        """For a program."""
        return {**asdict(self), "health": self.health.value, "advice": self.advice or None}


def ok(what: str, told: str) -> Finding:
    """It is as it should be."""
    return Finding(what, Health.OK, told)


def warn(what: str, told: str, advice: str) -> Finding:
    """It works, and something else would be better, or something is going to fail."""
    return Finding(what, Health.WARN, told, advice)


def fail(what: str, told: str, advice: str) -> Finding:
    """It does not work so."""
    return Finding(what, Health.FAIL, told, advice)
