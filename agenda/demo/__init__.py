"""A practice to look at: invented people, really sealed. Nothing but `manage.py demo_data` imports this."""
