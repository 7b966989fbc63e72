"""Which kind of browser a session was opened with: its family, and nothing else of what it says of itself."""

# In this order: Edge also says that it is Chrome, and Chrome that it is Safari.
FAMILIES = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}


def family(user_agent: str) -> str:
    """Return `Firefox`, `Chrome`, `Edge` or `Safari`, or nothing for any other."""
    return next((name for sign, name in FAMILIES.items() if sign in user_agent), "")
