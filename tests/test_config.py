"""Settings: read once, strictly, all faults named at once, no secret shown."""

from pathlib import Path

import pytest

from wapto import config
from wapto.config import SettingsError

NEEDED = {
    "META_APP_SECRET": "app-secret",
    "META_VERIFY_TOKEN": "verify-token",
    "META_ACCESS_TOKEN": "access-token",
    "SLACK_BOT_TOKEN": "xoxb-token",
    "SLACK_SIGNING_SECRET": "signing-secret",
    "WAPTO_SECRET_KEY": "secret-key",
}


def test_the_required_settings_are_enough_and_the_rest_has_defaults():
    settings = config.load(NEEDED)
    assert settings.database_url == "sqlite:///wapto.db"
    assert settings.meta_graph_url == "https://graph.facebook.com"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.redis_url is None
    assert settings.port == 8000


def test_everything_missing_is_named_in_one_message():
    with pytest.raises(SettingsError) as fault:
        config.load({})
    assert all(f"{name} is missing." in str(fault.value) for name in NEEDED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/db"),
        ("DATABASE_URL", "postgresql://host:port/db"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://host:abc"),
        ("META_APP_SECRET", "one,two,three"),
        ("META_GRAPH_URL", "graph.facebook.com"),
        ("META_GRAPH_VERSION", "25"),
        ("SLACK_BOT_TOKEN", "xoxp-user"),
        ("SLACK_APP_TOKEN", "xoxb-bot"),
        ("SLACK_API_URL", "https://"),
        ("WAPTO_PUBLIC_URL", "desk.example.com"),
        ("PORT", "80a"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("WAPTO_TRACKING_DAYS", "0"),
        ("WAPTO_TRACKING_DAYS", "1.5"),
        ("WAPTO_KEEP_WEBHOOKS_DAYS", "7"),
        ("WAPTO_KEEP_CONVERSATIONS_DAYS", "7"),
        ("WAPTO_KEEP_MEDIA_DAYS", "-1"),
    ],
)
def test_a_malformed_setting_is_named_with_what_it_should_look_like(name, value):
    with pytest.raises(SettingsError, match=rf"{name} must ") as fault:
        config.load({**NEEDED, name: value})
    assert len(fault.value.faults) == 1


def test_no_fault_repeats_the_value_which_may_be_a_secret():
    with pytest.raises(SettingsError) as fault:
        config.load({**NEEDED, "SLACK_BOT_TOKEN": "hunter2", "DATABASE_URL": "mysql://root:hunter2@host/db"})
    assert "hunter2" not in str(fault.value)


def test_settings_do_not_show_their_secrets_when_printed():
    shown = repr(config.load(NEEDED | {"DATABASE_URL": "postgresql://u:hunter2@host/db", "REDIS_URL": "redis://:pw@h"}))
    assert not any(value in shown for value in [*NEEDED.values(), "hunter2", ":pw@"])


def test_during_rotation_two_app_secrets_are_accepted():
    assert config.load(NEEDED | {"META_APP_SECRET": "old, new"}).meta_app_secret == ("old", "new")


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    given = NEEDED | {"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": f"{tmp_path}/token"}
    assert config.load(given).slack_bot_token == "xoxb-from-a-file"


def test_one_setting_can_be_had_without_the_others(tmp_path):
    (tmp_path / "address").write_text("redis://redis.internal/0\n")
    assert config.load_one("REDIS_URL", {"REDIS_URL_FILE": f"{tmp_path}/address"}) == "redis://redis.internal/0"
    assert config.load_one("DATABASE_URL", {}) == "sqlite:///wapto.db"
    with pytest.raises(SettingsError, match="REDIS_URL must look like"):
        config.load_one("REDIS_URL", {"REDIS_URL": "localhost:6379"})


def test_a_file_that_cannot_be_read_is_a_fault_like_any_other(tmp_path):
    given = NEEDED | {"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": f"{tmp_path}/nowhere"}
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN cannot be read from the file"):
        config.load(given)


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"PORT=\xff")
    with pytest.raises(SettingsError, match=r"\.env is not in UTF-8"):
        config.in_file(tmp_path / ".env")
    unreadable = Path("/proc/self/mem")  # even for root, who may read a file without permission
    with pytest.raises(SettingsError, match=r"/proc/self/mem cannot be read \(Input/output error\)"):
        config.in_file(unreadable)


def test_what_a_process_cannot_do_without_is_required_of_it():
    with pytest.raises(SettingsError, match="REDIS_URL is missing"):
        config.load(NEEDED, need=frozenset({"REDIS_URL"}))


def test_a_secret_in_the_file_is_taken_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere")
    (tmp_path / ".env").write_text("META_APP_SECRET='a${HOME}$b'\n")
    assert config.in_file(tmp_path / ".env") == {"META_APP_SECRET": "a${HOME}$b"}


def test_the_environment_wins_over_the_file_of_the_directory(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("PORT=9001\nMETA_GRAPH_VERSION=v26.0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    found = config.environment()
    assert (found["PORT"], found["META_GRAPH_VERSION"]) == ("9002", "v26.0")


def test_an_account_can_have_a_token_of_its_own(tmp_path):
    (tmp_path / "token").write_text("second\n")
    given = {"META_ACCESS_TOKEN_100": "first", "META_ACCESS_TOKEN_200_FILE": str(tmp_path / "token")}
    settings = config.load(NEEDED | given)
    assert settings.meta_account_tokens == {"100": "first", "200": "second"}
    assert not {"first", "second"} & set(repr(settings).replace("'", " ").split())


def test_the_file_of_the_token_for_all_accounts_is_no_account(tmp_path):
    (tmp_path / "token").write_text("for all")
    settings = config.load(NEEDED | {"META_ACCESS_TOKEN": "", "META_ACCESS_TOKEN_FILE": str(tmp_path / "token")})
    assert (settings.meta_access_token, settings.meta_account_tokens) == ("for all", {})


def test_a_token_of_no_account_is_a_fault_that_does_not_show_it():
    with pytest.raises(SettingsError, match="META_ACCESS_TOKEN_SHOP must end in the id of a WhatsApp account") as fault:
        config.load(NEEDED | {"META_ACCESS_TOKEN_SHOP": "hidden"})
    assert "hidden" not in str(fault.value)
