"""The service where the libraries of a training cannot be loaded and the registry of its models is damaged: it serves and tells."""

from pathlib import Path

import httpx2

from support.process_service import environment_for, served

BROKEN = "libgomp.so.1: cannot open shared object file: No such file or directory"


def broken_libraries(folder: Path) -> Path:
    """A folder whose scikit-learn and scipy fail as a wheel does that misses a system part."""
    for name in ("sklearn", "scipy", "threadpoolctl"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise ImportError({BROKEN!r})\n")
    return folder


def test_the_page_is_served_and_the_models_say_what_is_wrong(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "model_registry.json").write_text("{")
    environment = environment_for(tmp_path, PYTHONPATH=str(broken_libraries(tmp_path / "broken")))
    with served(tmp_path, environment) as service, httpx2.Client(timeout=30) as client:
        page = client.get(service.url("/dashboard"))
        assert page.status_code == 200, service.output.read_text(encoding="utf-8")
        assert client.get(service.url("/dashboard/complete")).status_code == 200
        assert client.get(service.url("/health")).status_code == 200
        described = client.get(service.url("/models/status")).json()["models"]["energy_optimization"]
        assert (described["state"], described["loaded"], described["serves"]) == ("unreadable", False, "ewma_day_type")
        assert "is damaged" in described["why"]
        ready = client.get(service.url("/ready")).json()
        shown = client.get(service.url("/dashboard/complete")).json()["system"]
        for told in (ready["models"], shown["models"]):
            assert any("is damaged" in trouble for trouble in told["troubles"])
        alerts = client.get(service.url("/dashboard/alerts")).json()["alerts"]
        assert "model_refused" in [alert["id"].split(":")[0] for alert in alerts], [alert["id"] for alert in alerts]
        said = service.output.read_text(encoding="utf-8")
    assert "Traceback" not in said and BROKEN not in said
