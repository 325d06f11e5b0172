"""The service as it starts and as a user meets it: warm start, memory of the API, request to READY."""

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from datasets import load_dataset

from tests.benchmarks.ingest import CORPUS_BYTES, write_corpus
from tests.benchmarks.report import Figure
from tests.end_to_end import operations as ask
from tests.end_to_end.datasets import wait_for_index
from tests.end_to_end.service import Service, until
from tests.hub import Hub
from tests.servers import temporary_home

ROUNDS = 3


def anonymous_megabytes(pid: int | str) -> float:
    """RssAnon of a process: what it holds for itself, without mapped files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


def warm_start() -> Figure:
    """Seconds from `mistudio up` on a home that was used before to a ready API."""
    with temporary_home() as home:
        seconds = []
        for _ in range(ROUNDS + 1):
            service = Service(home, {})
            seconds.append(service.start())
            service.close()
    return Figure("warm start to ready, seconds", median(seconds[1:]), "<= 6", f"median of {ROUNDS}")


def to_ready(service: Service, name: str) -> tuple[str, float]:
    """The dataset, and its seconds to READY. Its index is whole, too, so that nothing else runs from now on."""
    began = time.monotonic()
    asked = service.ask(ask.DOWNLOAD, repository=f"acme/{name}")["downloadDataset"]
    with service.subscribe(ask.WATCH, id=asked["dataset"]["id"]) as results:
        for result in results:
            seen = result["datasetChanged"]
            assert seen["status"] != "FAILED", seen
            if seen["status"] == "READY":
                break
    seconds = time.monotonic() - began
    wait_for_index(service, asked["dataset"]["id"])
    return asked["dataset"]["id"], seconds


def bare(corpus: Path, scratch: Path) -> float:
    """`load_dataset` and `save_to_disk` of the same files, without a cache of an earlier round."""
    shutil.rmtree(scratch, ignore_errors=True)
    began = time.monotonic()
    load_dataset(
        "parquet", data_files=[str(path) for path in sorted(corpus.iterdir())], cache_dir=str(scratch / "cache")
    ).save_to_disk(scratch / "out")
    return time.monotonic() - began


def request_to_ready() -> list[Figure]:
    """From the mutation to READY, against the bare library on local files; and what the API weighs afterwards."""
    with tempfile.TemporaryDirectory() as scratch, temporary_home() as home:
        folder = Path(scratch)
        write_corpus(folder / "corpus")
        for number in range(ROUNDS + 1):
            repository = folder / f"hub/datasets/acme/corpus{number}"
            repository.mkdir(parents=True)
            for path in (folder / "corpus").iterdir():
                (repository / path.name).hardlink_to(path)
        with Hub(folder / "hub") as hub:
            service = Service(home, hub.environment(home))
            try:
                service.start()
                to_ready(service, "corpus0")
                bare(folder / "corpus", folder / "bare")
                pairs = []
                for number in range(1, ROUNDS + 1):
                    dataset_id, seconds = to_ready(service, f"corpus{number}")
                    pairs.append((seconds, bare(folder / "corpus", folder / "bare")))
                use(service, dataset_id)
                megabytes = anonymous_megabytes(service.apis()[0])
            finally:
                service.close()
    ratio = median(ours / rival for ours, rival in pairs)
    ours, rival = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    detail = f"{ours:.1f} s against {rival:.1f} s for {CORPUS_BYTES // 1_000_000} MB, both warm, median of {ROUNDS}"
    return [
        Figure("request to READY, of bare load_dataset + save_to_disk", ratio, "<= 3", detail),
        Figure("RssAnon of the API, MB", megabytes, "<= 150", "after the downloads and every query below"),
    ]


def use(service: Service, dataset_id: str) -> None:
    """Every query, and a tokenization."""
    service.ask(ask.TOKENIZE, dataset=dataset_id, tokenizer="builtin:byt5", maxLength=64)
    for split in ("train", None):
        service.ask(ask.SAMPLES, id=dataset_id, first=100, split=split)
    service.ask(ask.EVENTS, after="0", first=500)
    until(
        lambda: service.ask(ask.DATASET, id=dataset_id)["dataset"]["tokenizations"]["nodes"][0]["status"] == "READY",
        300,
    )


def run() -> list[Figure]:
    return [warm_start(), *request_to_ready()]


if __name__ == "__main__":
    for figure in run():
        print(figure)
