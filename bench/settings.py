"""The settings of an instance as it is served, with two more addresses: the floors that all is measured against."""

from clicdocteur.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
