"""A stack of a test's own: what PostgreSQL and Redis hold in it, and how it is stopped and started again."""
