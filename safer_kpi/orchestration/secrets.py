"""The settings of a task that reads partners' ids: the pseudonym key may be the password of an Airflow connection."""

from __future__ import annotations

from dataclasses import replace

from safer_kpi.settings import Settings


def settings_with_key() -> Settings:
    """Return the settings of the environment, with the pseudonym key of the Airflow connection that they name.

    Only a task itself may ask Airflow for a connection. A key, a file or a command that the settings name goes first.
    """
    settings = Settings.load()
    others = (settings.pseudonym_key, settings.pseudonym_key_file, settings.pseudonym_key_command)
    if not settings.pseudonym_key_connection or any(others):
        return settings
    from airflow.sdk import Connection

    return replace(settings, pseudonym_key=Connection.get(settings.pseudonym_key_connection).password or "")
