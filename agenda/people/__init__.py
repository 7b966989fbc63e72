"""Who works here: inviting, joining, giving and taking access, leaving. One verb, one transaction, one at a time."""
