"""Clic Docteur: what all rooms stand on."""

VERSION = "0.1.0"
