"""`manage.py provision`: what a file declares is brought about, and nothing else is touched.

`reading` turns the file into a `document`, `checking` compares it with the database, `catalogue` and
`organizations` bring it about. What a file does not mention stays as it is; what it mentions is set whole.
"""
