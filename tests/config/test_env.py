from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env, home

NAME = "EASEL_OF_A_TEST"


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_boolean(monkeypatch: pytest.MonkeyPatch, raw: str, value: bool) -> None:
    monkeypatch.setenv(NAME, raw)
    assert env.boolean(NAME) is value


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "a, b,,c ")
    assert env.words(NAME) == ["a", "b", "c"]


def test_a_secret_out_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.secret(NAME) == "s3cret"


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (env.boolean, "maybe"),
        (lambda name: env.integer(name, 1), "1.5"),
        (lambda name: env.integer(name, 1, minimum=3), "2"),
        (lambda name: env.real(name, 1.0), "one"),
        (lambda name: env.real(name, 1.0, minimum=0.5), "0.1"),
    ],
)
def test_what_does_not_parse_is_named(
    monkeypatch: pytest.MonkeyPatch, read: object, raw: str
) -> None:
    monkeypatch.setenv(NAME, raw)
    with pytest.raises(ImproperlyConfigured, match=NAME):
        read(NAME)  # type: ignore[operator]


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "a")
    monkeypatch.setenv(f"{NAME}_FILE", "/nowhere")
    with pytest.raises(ImproperlyConfigured, match="keep one"):
        env.secret(NAME)


def test_a_secrets_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", "/nowhere")
    with pytest.raises(ImproperlyConfigured, match="/nowhere"):
        env.secret(NAME)


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = home.secret(tmp_path, "key")
    assert home.secret(tmp_path, "key") == first
    assert (tmp_path / "secrets" / "key").stat().st_mode & 0o777 == 0o600


def test_two_installations_have_two_secrets(tmp_path: Path) -> None:
    assert home.secret(tmp_path / "a", "key") != home.secret(tmp_path / "b", "key")


def test_the_socket_fits_a_long_home(tmp_path: Path) -> None:
    assert len(str(home.socket_folder(tmp_path / ("x" * 200)) / ".s.PGSQL.5432")) < 107


def test_a_database_url(tmp_path: Path) -> None:
    found = home.database(tmp_path, "postgresql://u%40x:p%2F@db:5433/name?sslmode=require")
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("u@x", "p/", "db")
    assert (found["PORT"], found["NAME"]) == ("5433", "name")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_another_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="postgresql"):
        home.database(tmp_path, "mysql://u@h/n")
