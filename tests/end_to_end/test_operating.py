"""What an operator sees of the whole service: its metrics, and what the doctor says beside it."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.datasets import download, wait_for_index, wait_for_status
from tests.end_to_end.service import Service, until

pytestmark = pytest.mark.slow

FOLLOWERS = ("dispatch", "feed", "projection")


def metrics(service: Service) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    families = text_string_to_metric_families(service.client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_what_the_workers_did_is_told_by_the_api_and_nothing_is_behind(shared_service: Service) -> None:
    # given what other tests have done
    def jobs(kind: str) -> float:
        return metrics(shared_service)["mistudio_job_seconds_count", kind, "SUCCEEDED"]

    before = {kind: jobs(kind) for kind in ("DOWNLOAD", "INGEST", "INDEX")}

    # when one more dataset is brought
    dataset_id = download(shared_service, "operating")
    wait_for_status(shared_service, dataset_id, "READY")
    wait_for_index(shared_service, dataset_id)

    # then its jobs are counted, and everybody has followed
    until(lambda: all(jobs(kind) > count for kind, count in before.items()))
    until(lambda: not any(metrics(shared_service)[f"mistudio_{who}_lag_events",] for who in FOLLOWERS))
    seen = metrics(shared_service)
    assert seen["mistudio_job_seconds_sum", "INGEST", "SUCCEEDED"] > 0
    assert seen["mistudio_storage_used_bytes", "DATA"] > 0


def test_the_doctor_finds_a_service_that_runs_on_its_own_servers_well(shared_service: Service) -> None:
    run = shared_service.command("doctor", "--json")
    findings = {finding["what"]: finding for finding in json.loads(run.stdout)["findings"]}
    assert findings.pop("disk"), "which may be nearly full, whoever uses it"
    assert (run.returncode, [each for each in findings.values() if each["health"] != "OK"]) == (0, [])
    assert "embedded" in findings["postgres"]["told"]
    assert findings["redis"]["told"].startswith("Valkey")
    assert findings["service"]["told"] == f"ready at {shared_service.url}"
