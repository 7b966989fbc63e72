"""The settings' pages. Each fetches through `agenda.settings.rights` in its first line."""
