"""What a parent may ask of its child: functions by name, each loaded when it is first asked for."""

from collections.abc import Mapping

FUNCTIONS: Mapping[str, str] = {
    "plan_download": "workers.downloading",
    "fetch_file": "workers.fetching",
    "fetch_ranges": "workers.fetching",
    "fetch_part": "workers.part_files",
    "complete_download": "workers.downloading",
    "plan_import": "workers.importing",
    "import_file": "workers.importing",
    "plan_ingest": "workers.ingesting",
    "ingest_file": "workers.ingesting",
    "complete_ingest": "workers.ingesting",
    "plan_index": "workers.indexing",
    "index_part": "workers.index_part",
    "complete_index": "workers.indexing",
    "plan_tokenization": "workers.tokenizing",
    "tokenize_shard": "workers.shard_proof",
    "complete_tokenization": "workers.token_folder",
    "plan_export": "workers.exporting",
    "export_part": "workers.exporting",
    "complete_export": "workers.exporting",
    "plan_purge": "workers.purging",
    "purge_entry": "workers.purging",
    "complete_purge": "workers.purging",
}
