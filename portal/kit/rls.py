"""Row-level security as migration operations: a tenant table is closed before its first row is written."""

from django.db.migrations import RunSQL

APP, PLATFORM = "tollgate_app", "tollgate_platform"

ROLES = f"""
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['{APP}', '{PLATFORM}'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', role);
      EXECUTE format('GRANT %I TO CURRENT_USER', role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', role);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', role);
  END LOOP;
END $$;
"""

# An unset scope reads as NULL in a fresh session and as '' after a transaction that had set it.
SCOPE = """
CREATE FUNCTION tollgate_organization() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE scope text := NULLIF(current_setting('tollgate.organization', true), '');
BEGIN
  IF scope IS NULL THEN
    RAISE EXCEPTION 'unscoped query: no organization is set for this transaction'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN scope::bigint;
END $$;
"""

MEMBERSHIP = """
CREATE FUNCTION tollgate_sees_member(organization bigint, person bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  scope text := NULLIF(current_setting('tollgate.organization', true), '');
  self text := NULLIF(current_setting('tollgate.user', true), '');
BEGIN
  IF scope IS NULL AND self IS NULL THEN
    RAISE EXCEPTION 'unscoped query: neither an organization nor a person is set for this transaction'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN COALESCE(organization = scope::bigint, false) OR COALESCE(person = self::bigint, false);
END $$;
"""


def tenant_table(table: str, column: str = "organization_id", sees: str = "") -> RunSQL:
    """Close `table`: the application role sees and writes the scope's rows only, the platform role all.

    `sees` replaces the condition for reading where a scope is not the only way to see a row.
    """
    return RunSQL(close_table(table, column, sees), RunSQL.noop)


def close_table(table: str, column: str = "organization_id", sees: str = "") -> str:
    own = f"{column} = tollgate_organization()"
    policies = [f"tenant ON {table} TO {APP} USING ({own}) WITH CHECK ({own})"]
    if sees:  # policies add up, and the scope's own would raise where there is another way to see a row
        policies = [
            f"sees ON {table} FOR SELECT TO {APP} USING ({sees})",
            f"adds ON {table} FOR INSERT TO {APP} WITH CHECK ({own})",
            f"changes ON {table} FOR UPDATE TO {APP} USING ({own}) WITH CHECK ({own})",
            f"removes ON {table} FOR DELETE TO {APP} USING ({own})",
        ]
    policies.append(f"platform ON {table} TO {PLATFORM} USING (true) WITH CHECK (true)")
    statements = [f"ALTER TABLE {table} {word} ROW LEVEL SECURITY" for word in ("ENABLE", "FORCE")]
    return "".join(f"{sql};\n" for sql in statements + [f"CREATE POLICY {policy}" for policy in policies])


def read_only(table: str, *also: str) -> RunSQL:
    """The application role may read `table` (and do what `also` names), nothing else."""
    grants = ", ".join(("SELECT", *also))
    return RunSQL(f"REVOKE ALL ON {table} FROM {APP}; GRANT {grants} ON {table} TO {APP};", RunSQL.noop)
