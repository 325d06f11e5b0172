"""Uploads that nobody goes on with are removed by a running service."""

import errno
import os
import time
from functools import partial

import psycopg
import pytest

from api.room import with_room
from api.taken_uploads import prepare_upload, with_sent_file
from api.uploads import UploadDatasetInput
from domain import commands as ask
from domain.adapters.reservations import upload_holder
from domain.adapters.resumable import DURABLE, ResumableUploads, uploads_of
from domain.handle import handle
from domain.log import Trace
from tests.domain.stories import DATASET, JOB
from tests.network_mounts import lock_as_nfs_does
from tests.workers.sending import Sending
from workers.broker import open_broker
from workers.dispatch import Dispatcher


@pytest.fixture
def dispatcher(adapters, settings):
    made = Dispatcher(adapters, open_broker(settings.redis_url))
    yield made
    made.resign()


def given_up(uploads):
    """An upload to which nothing came for long."""
    upload, long_ago = uploads.create(1000, "rows.csv", "").id, time.time() - 25 * 3600
    os.utime(uploads.folder(upload) / DURABLE, (long_ago, long_ago))
    return upload


def test_the_dispatcher_removes_uploads_to_which_nothing_came_for_long(adapters, dispatcher, monkeypatch):
    lock_as_nfs_does(monkeypatch)
    uploads = uploads_of(adapters)
    old, young = given_up(uploads), uploads.create(1000, "rows.csv", "").id
    assert dispatcher.tick()
    assert [uploads.folder(each).exists() for each in (old, young)] == [False, True]
    assert [adapters.reservations.has(upload_holder(each).id) for each in (old, young)] == [False, True]


def test_jobs_are_sent_whatever_trouble_files_make_and_it_is_met_again_in_the_next_round(
    adapters, dispatcher, monkeypatch, caplog
):
    monkeypatch.setattr("workers.dispatch.SWEEP_RUNS_EVERY_SECONDS", 600.0)  # longer than this takes on any machine
    dispatcher._swept = float("-inf")
    tries = []

    def fail(_uploads):
        tries.append(errno.ESTALE)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(ResumableUploads, "_ids", fail)
    trace = Trace("command", "story")
    handle(adapters.log, ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english"), trace)
    assert dispatcher.tick()
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM pieces WHERE sent_at IS NOT NULL").fetchone() == (1,)
    assert dispatcher.tick()
    assert len(tries) == 1, "not at each look at the log"
    dispatcher._swept = float("-inf")
    assert dispatcher.tick()
    assert len(tries) == 2
    assert f"uploads are not swept now: [Errno {errno.ESTALE}]" in caplog.text


def sends(adapters, act):
    """An upload in one request, which is promised its room; the folder of its file."""
    file, sent = Sending(adapters).in_one_request()
    asked = UploadDatasetInput(file=sent)
    command, _ = prepare_upload(adapters, asked)
    try:
        with_sent_file(adapters, asked, command, partial(with_room, adapters, asked, None, act=act))
    except psycopg.OperationalError:
        pass
    finally:
        file.close()
    return adapters.storage / command.folder


def test_a_file_of_which_nobody_knows_what_came_goes_with_its_promise_unless_a_dataset_came_of_it(adapters, dispatcher):
    def act(command):
        return handle(adapters.log, command, Trace("command", "story"))

    def lose_the_answer(command):
        act(command)
        raise psycopg.OperationalError

    def lose(_command):
        raise psycopg.OperationalError

    lost, made, taken = (sends(adapters, each) for each in (lose, lose_the_answer, act))
    assert dispatcher.tick()
    assert [folder.exists() for folder in (lost, made, taken)] == [True] * 3, "it may still come"
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE reservations SET until = clock_timestamp() - interval '1 s'")
        connection.execute("DELETE FROM jobs WHERE dataset_id = %s", (made.parent.name,))  # as if nobody knew of it
    dispatcher._swept = 0.0
    assert dispatcher.tick()
    assert [folder.exists() for folder in (lost, made, taken)] == [False, True, True]
    assert not lost.parent.exists()
