"""`scripts/check-settings`: what each setting counts as, where it is from, what is wrong; no secret is told."""

from pathlib import Path

import pytest

from commands.check_settings import main


def told(
    folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[list[str]]]:
    """The exit code and the words of each line."""
    (folder / "settings.env").write_text(text, encoding="utf-8")
    monkeypatch.setenv("ENV_FILE", str(folder / "settings.env"))
    code = main()
    return code, [line.split() for line in capsys.readouterr().out.splitlines()]


def test_each_setting_is_told_with_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "8100")
    code, lines = told(tmp_path, "MODEL_PIN_DAYS=7\nAPI_TOKEN=planted-secret\n", monkeypatch, capsys)
    assert code == 0
    assert ["PORT", "8100", "the", "environment"] in lines
    assert ["MODEL_PIN_DAYS", "7", "settings.env,", "line", "1"] in lines
    assert ["API_TOKEN", "set", "settings.env,", "line", "2"] in lines


def test_what_is_wrong_is_told_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = told(tmp_path, "MODEL_PIN_DAYS=99\n", monkeypatch, capsys)
    assert code == 1 and lines[-1][:2] == ["WRONG:", "MODEL_PIN_DAYS:"]
