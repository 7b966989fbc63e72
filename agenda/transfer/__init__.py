"""What pages ask before appointments leave in a file, or come in from one."""
