from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        """Register the check that the two stores are two."""
        from clicdocteur import two_stores  # noqa: F401
