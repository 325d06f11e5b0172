"""Uploads that nobody goes on with are removed by a running service."""

import errno
import os
import time

import pytest

from domain import commands as ask
from domain.adapters.reservations import upload_holder
from domain.adapters.resumable import DURABLE, ResumableUploads, uploads_of
from domain.handle import handle
from domain.log import Trace
from tests.domain.stories import DATASET, JOB
from tests.network_mounts import lock_as_nfs_does
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
    dispatcher._swept = 0.0
    assert dispatcher.tick()
    assert len(tries) == 2
    assert f"uploads are not swept now: [Errno {errno.ESTALE}]" in caplog.text
