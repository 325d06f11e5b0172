"""What has been in the trash for long enough is purged by itself."""

from uuid import uuid4

from domain.adapters import Adapters
from domain.adapters.trash_views import expired_view
from domain.errors import Refused
from domain.handle import handle
from domain.log import Trace
from domain.trash_commands import ExpireDataset

# Who asked, as history names it.
EXPIRY = "expiry"
# So many keep the dispatcher for less than a second.
MOST_AT_ONCE = 100


def purge_expired(adapters: Adapters, most: int = MOST_AT_ONCE) -> None:
    """Ask for the purge of what is in the trash longer than the setting says; of more than `most`, the oldest."""
    days = adapters.settings.trash_days
    if not days:
        return
    for dataset_id, version in expired_view(adapters.engine, days, most):
        command_id = str(uuid4())
        trace = Trace(command_id, correlation_id=command_id, cause=EXPIRY)
        try:
            handle(adapters.log, ExpireDataset(dataset_id=dataset_id, days=days), trace, expected_version=version)
        except Refused:  # restored since it was read, and perhaps deleted again, for which its days begin anew
            continue
