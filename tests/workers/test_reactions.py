"""What the dispatcher reacts to, and what it leaves alone."""

from domain import events as past
from domain.adapters.checkpoints import DISPATCHER, position_of
from domain.commands import DeletePreset, SavePreset
from tests.domain.stories import PRESET
from tests.workers.bench import COUNT
from workers.reactions import REACTIONS


def test_presets_start_nothing_and_hold_nothing_up(bench):
    bench.command(SavePreset(preset_id=PRESET, name="short"))
    bench.request(COUNT)
    bench.command(DeletePreset(preset_id=PRESET))
    bench.work()
    assert bench.job.status == "SUCCEEDED"
    assert position_of(bench.adapters.pool, DISPATCHER) == bench.adapters.log.newest()
    assert not REACTIONS.keys() & set(past.PresetEvent.__args__)
