"""Uploads that nobody goes on with are removed by a running service."""

import os
import time

from domain.adapters.reservations import upload_holder
from domain.adapters.resumable import DURABLE, uploads_of
from workers.broker import open_broker
from workers.dispatch import Dispatcher


def test_the_dispatcher_removes_uploads_to_which_nothing_came_for_long(adapters, settings):
    uploads = uploads_of(adapters)
    old, young = (uploads.create(1000, "rows.csv", "").id for _ in range(2))
    long_ago = time.time() - 25 * 3600
    os.utime(uploads.folder(old) / DURABLE, (long_ago, long_ago))
    dispatcher = Dispatcher(adapters, open_broker(settings.redis_url))
    assert dispatcher.tick()
    dispatcher.resign()
    assert [uploads.folder(each).exists() for each in (old, young)] == [False, True]
    assert [adapters.reservations.has(upload_holder(each).id) for each in (old, young)] == [False, True]
