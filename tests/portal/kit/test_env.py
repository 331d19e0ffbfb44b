"""Settings that only some installations have."""

import pytest

from portal.kit import env


def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_S3_BUCKET", "results")
    monkeypatch.setenv("TOLLGATE_S3_ENDPOINT", "https://s3.example.com")
    options = env.bucket()["OPTIONS"]
    assert options["bucket_name"] == "results"
    assert options["endpoint_url"] == "https://s3.example.com"


def test_keys_may_come_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLGATE_S3_BUCKET", "results")
    options = env.bucket()["OPTIONS"]
    assert (options["access_key"], options["secret_key"], options["region_name"]) == (None, None, None)
