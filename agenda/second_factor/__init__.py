"""The second factor: asked after the password, and again before what matters most.

Others use `recently`, `needs_recent` and `needs_recent_first`; the sign-in uses `enter`; a new invitation uses `forget`.
"""

from agenda.second_factor.asking import enter, needs_recent, needs_recent_first, recently
from agenda.second_factor.factors import forget, who_has_one
from agenda.second_factor.trust import knows

__all__ = ["enter", "forget", "knows", "needs_recent", "needs_recent_first", "recently", "who_has_one"]
