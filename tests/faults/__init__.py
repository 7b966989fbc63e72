"""Faults, as a repeatable suite: `make faults` kills, stops, fills and restarts a real instance while patients book."""
