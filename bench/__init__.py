"""How fast, how heavy, and does it stay so as the years go by? `make bench`, or `python -m bench --help`."""
