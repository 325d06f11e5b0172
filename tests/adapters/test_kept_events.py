"""What earlier versions have stored, as a log in Postgres that today's read models are made of."""

from psycopg.types.json import Jsonb

from domain.adapters.rebuild import rebuild
from domain.dataset import Dataset
from domain.preset import Preset
from tests.domain.kept_events import kept_events, kept_streams
from tests.domain.test_stored_events import fold

INSERT = "INSERT INTO events (stream, version, type, data, metadata) VALUES (%s, %s, %s, %s, '{}')"


def test_the_read_models_are_made_of_what_every_earlier_version_has_stored(adapters, database_url):
    # given a log of all of it
    streams = [stream for _, stream in kept_streams()]
    stored = [
        (stream["stream"], version, event["type"], Jsonb(event["data"]))
        for stream in streams
        for version, event in enumerate(stream["events"], start=1)
    ]
    with adapters.pool.connection() as connection, connection.cursor() as cursor:
        cursor.executemany(INSERT, stored)

    # when the read models are made of it
    assert rebuild(database_url).events == len(kept_events())

    # then they tell what the streams fold to
    told = {stream["stream"].partition("-")[2]: fold(stream) for stream in streams}
    with adapters.pool.connection() as connection:
        datasets = connection.execute("SELECT id::text, status FROM datasets").fetchall()
        presets = connection.execute("SELECT id::text, name FROM presets").fetchall()
    assert dict(datasets) == {
        its_id: state.status for its_id, state in told.items() if isinstance(state, Dataset) and not state.is_purged
    }
    assert dict(presets) == {
        its_id: state.name for its_id, state in told.items() if isinstance(state, Preset) and not state.is_deleted
    }
    assert rebuild(database_url).differed == 0
