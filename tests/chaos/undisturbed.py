"""What everything comes to when nobody disturbs it: it is brought and tokenized once, before the harm begins."""

from api.ids import key_of
from tests.chaos.digests import Wanted, digests
from tests.chaos.sources import FILE, RECIPES, REPOSITORIES, TOKENIZER
from tests.chaos.stages import Look
from tests.chaos.world import HUB_BYTES_A_SECOND, World
from tests.end_to_end.service import until

OPEN = "SELECT kind, status FROM jobs WHERE status IN ('QUEUED', 'RUNNING', 'CANCELLING')"
FOLDERS = "SELECT status, folder FROM datasets WHERE id = %s"
TOKENS = "SELECT status, folder, recipe->>'maxLength' FROM tokenizations WHERE dataset_id = %s"


def bring(world: World) -> tuple[list[str], Wanted]:
    """The ids of the datasets, which stay, and the digests of all outputs by source and recipe."""
    world.hub.throttle(None)
    ask = world.commands.ask
    kept = {name: ask("downloadDataset", "dataset { id }", repository=name)["dataset"]["id"] for name in REPOSITORIES}
    kept[FILE] = world.sender.send()["dataset"]["id"]
    until(lambda: is_idle(world.look))
    for dataset in kept.values():
        for recipe in RECIPES.values():
            ask("tokenizeDataset", "tokenization { id }", datasetId=dataset, tokenizer=TOKENIZER, recipe=recipe)
    until(lambda: is_idle(world.look))
    world.hub.throttle(HUB_BYTES_A_SECOND)
    wanted: Wanted = {}
    for source, dataset in kept.items():
        wanted |= _outputs(world, source, dataset)
    return list(kept.values()), wanted


def is_idle(look: Look) -> bool:
    """Whether no job is on its way, and nothing is to be cleared away."""
    return not look.rows(OPEN) and not look.rows("SELECT 1 FROM pieces")


def _outputs(world: World, source: str, dataset: str) -> Wanted:
    key = str(key_of("Dataset", dataset))
    ((status, folder),) = world.look.rows(FOLDERS, (key,))
    tokens = world.look.rows(TOKENS, (key,))
    assert {status, *(row[0] for row in tokens)} == {"READY"}
    assert len(tokens) == len(RECIPES)
    found: Wanted = {(source, None): digests(world.storage / folder)}
    return found | {(source, int(length)): digests(world.storage / where) for _, where, length in tokens}
