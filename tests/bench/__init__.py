"""Measures the gateway beside nginx on this machine: `python3 manage.py bench`. See README.md."""
