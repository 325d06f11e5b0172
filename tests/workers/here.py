"""The functions of the child, called in this process: so a life of many jobs takes seconds, and can end in the
middle of one."""

import gc
import json
import traceback
from importlib import import_module

from domain.errors import WorldFailure
from workers.child import FUNCTIONS, ChildBug


class Vanished(BaseException):
    """The worker is gone from one moment to the next: nothing is reported, nothing is tidied up."""


class Here:
    """The child's functions, called in this process. `fate` is what comes over the next call, after so many steps."""

    pid = None  # there is no process whose memory could be looked at

    def __init__(self):
        self.fate = None
        self._left_lying = []

    def call(self, function, arguments, token=None):
        given = {} if token is None else {"token": token}
        work = getattr(import_module(FUNCTIONS[function]), function)(**arguments, **given)
        fate, self.fate = self.fate, None
        for number in range(10_000):
            if fate is not None and number == fate[0]:
                self._left_lying.append(work)  # as it is: whoever is killed tidies nothing up
                fate[1]()
            try:
                step = next(work)
            except StopIteration as end:
                return json.loads(json.dumps(end.value))
            except WorldFailure:
                raise
            except Exception as bug:
                raise ChildBug(traceback.format_exc()) from bug
            yield step
        raise AssertionError(f"{function} has no end")

    def kill(self):
        """There is no process to kill."""

    def bury(self):
        """What was left lying goes at last."""
        self._left_lying.clear()
        gc.collect()
