"""Questions to the process that has the heavy libraries loaded: sent by name, answered through Redis, or not in time.

An answer is JSON under the names of the schema. What went wrong is its `error`, a JobError of the contract, beside
whatever was found out all the same: a question never raises what the world or the moment is to blame for.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results, ResultTimeout
from dramatiq.results.backends import RedisBackend
from redis.backoff import NoBackoff
from redis.retry import Retry

from domain.adapters.jsonb import clean
from domain.adapters.secrets import Secrets
from domain.errors import ErrorCode, WorldFailure

QUEUE = "questions"
# Behind so many nobody is answered in time; and a queue that nobody reads does not grow.
MOST_WAITING = 100
# Of an answer that is too late for its asker.
KEPT_MILLISECONDS = 60_000
# For one command, so that a server which hangs is told from an answer that takes its time.
REDIS_SECONDS = 2.0
# Characters: some repeat what a stranger's file says.
MOST_MESSAGE = 2_000

Answer = dict[str, Any]


def job_error(code: ErrorCode, message: str, *, retryable: bool = False, error_id: str | None = None) -> Answer:
    """A JobError of the contract."""
    return {"code": code, "message": message[:MOST_MESSAGE], "retryable": retryable, "errorId": error_id}


def error_of(failure: WorldFailure) -> Answer:
    """The failure as a JobError of the contract."""
    return job_error(failure.code, failure.message, retryable=failure.retryable)


def open_broker(client: redis.Redis, backend: RedisBackend) -> RedisBroker:
    """A broker with the one queue; what its actors return goes to the askers, and nothing is done twice."""
    results = Results(backend=backend, store_results=True, result_ttl=KEPT_MILLISECONDS)  # type: ignore[no-untyped-call]  # dramatiq's own
    broker = RedisBroker(client=client, middleware=[results])  # type: ignore[no-untyped-call]  # dramatiq's own
    broker.declare_queue(QUEUE)
    return broker


def open_client(redis_url: str, patience_seconds: float = REDIS_SECONDS) -> redis.Redis:
    """A client that gives up at once when nobody is there, and after `patience_seconds` when nobody answers."""
    client: redis.Redis = redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=patience_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return client


def waiting(question: str) -> str:
    """The key that Redis drops when nobody waits for the answer any more: no two clocks are compared."""
    return f"mistudio:question:{question}"


class Questions:
    """The asker's side; from any thread. An answer comes within `seconds`, or TRY_AGAIN in its place."""

    def __init__(self, redis_url: str, seconds: int, secrets: Secrets) -> None:
        self._seconds = seconds
        self._secrets = secrets
        self._client = open_client(redis_url)
        self._patient = open_client(redis_url, seconds + REDIS_SECONDS)
        self._backend = RedisBackend(client=self._patient)
        self._broker = open_broker(self._client, self._backend)
        self._pending: dict[str, dramatiq.Message[Answer]] = {}

    def ask(self, name: str, asked: Mapping[str, Any], token: str | None = None) -> Answer:
        """The answer of the actor `name`. The token is kept as a secret until then: messages carry its handle."""
        handle = None if token is None else self._secrets.keep(token)
        try:
            answer: Answer = clean(self._ask(name, {**asked, "secret": handle}))
            return answer
        finally:
            self._secrets.forget(handle)

    def _ask(self, name: str, asked: Mapping[str, Any]) -> Answer:
        try:
            if self._client.llen(f"{self._broker.namespace}:{QUEUE}") >= MOST_WAITING:
                return try_again("Too many others are waiting for an answer")
            return self._answer(name, uuid4().hex, asked)
        except ResultTimeout:
            return try_again(f"There was no answer within {self._seconds} s")
        except redis.RedisError:
            return try_again("The server that carries questions is away")

    def _answer(self, name: str, question: str, asked: Mapping[str, Any]) -> Answer:
        message: dramatiq.Message[Answer] = dramatiq.Message(
            queue_name=QUEUE,
            actor_name=name,
            args=(),
            kwargs={"question": question, "asked": dict(asked)},
            options={},
        )
        self._pending[question] = message
        try:
            self._client.set(waiting(question), "", px=self._seconds * 1000)
            self._broker.enqueue(message)
            answer: Answer = self._backend.get_result(message, block=True, timeout=self._seconds * 1000)
        finally:
            self._forget(message, question)
        return answer

    def _forget(self, message: dramatiq.Message[Answer], question: str) -> None:
        """Whoever comes late need not begin; and an answer about a private repository does not lie about."""
        self._pending.pop(question, None)
        with suppress(redis.RedisError):
            self._client.delete(waiting(question), self._backend.build_message_key(message))

    def close(self) -> None:
        """Whoever waits for an answer is told to try again; nothing more can be asked."""
        for message in list(self._pending.values()):
            with suppress(redis.RedisError):  # where it is away, those who wait have heard of it themselves
                self._backend.store_result(message, try_again("This service is stopping"), KEPT_MILLISECONDS)
        for client in (self._patient, self._client):
            client.connection_pool.disconnect(inuse_connections=False)


def try_again(why: str) -> Answer:
    """An answer to a question that was not dealt with; `why` is the beginning of a sentence."""
    message = f"{why}, and nothing was done: ask again in a moment."
    return {"error": job_error(ErrorCode.TRY_AGAIN, message, retryable=True)}
