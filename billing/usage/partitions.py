"""The partitioned table of usage events, and the function that makes its months.

Row-level security of a parent does not reach a partition that is queried by its own name, so each partition
is closed for itself: the application role has neither a right nor a policy on it. Events are facts: not even
the platform role may change or delete one.
"""

from django.db import connections, transaction

from billing.ledger.locks import wait_alone
from portal.kit.rls import APP, PLATFORM

EVENTS = f"""
CREATE TABLE usage_usageevent (
  organization_id bigint NOT NULL, occurred_at timestamptz NOT NULL, call_id uuid NOT NULL,
  kind smallint NOT NULL, adjusts uuid,
  key_id bigint NOT NULL, user_id bigint NOT NULL,
  model_id bigint NOT NULL, model_name varchar(120) NOT NULL, protocol varchar(20) NOT NULL,
  provider_id bigint NOT NULL, route_id bigint NOT NULL, credential_id bigint NOT NULL,
  stream boolean NOT NULL, status smallint NOT NULL, outcome varchar(16) NOT NULL, error varchar(60) NOT NULL,
  input bigint NOT NULL, cache_read bigint NOT NULL, cache_write_5m bigint NOT NULL,
  cache_write_1h bigint NOT NULL, output bigint NOT NULL, reasoning bigint NOT NULL, calls bigint NOT NULL,
  source varchar(10) NOT NULL,
  sell_price_id bigint NOT NULL, cost_price_id bigint NOT NULL, multiplier_ppm integer NOT NULL,
  held bigint NOT NULL, amount bigint NOT NULL, charged bigint NOT NULL, cost bigint NOT NULL,
  latency_ms integer NOT NULL, first_output_ms integer NOT NULL,
  attempts jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, occurred_at, call_id)
) PARTITION BY RANGE (occurred_at);
REVOKE UPDATE, DELETE ON usage_usageevent FROM {PLATFORM};
CREATE INDEX usage_event_by_time ON usage_usageevent USING brin (occurred_at);
CREATE INDEX usage_event_by_key ON usage_usageevent (organization_id, key_id, occurred_at DESC);

CREATE FUNCTION usage_make_partitions(since timestamptz, months integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz := date_trunc('month', since AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  lower timestamptz; upper timestamptz; name text;
BEGIN
  FOR step IN -1 .. months LOOP
    lower := (first AT TIME ZONE 'UTC' + make_interval(months => step)) AT TIME ZONE 'UTC';
    upper := (first AT TIME ZONE 'UTC' + make_interval(months => step + 1)) AT TIME ZONE 'UTC';
    name := 'usage_usageevent_' || to_char(lower AT TIME ZONE 'UTC', 'YYYY_MM');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I PARTITION OF usage_usageevent FOR VALUES FROM (%L) TO (%L)',
                   name, lower, upper);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY platform ON %I TO {PLATFORM} USING (true) WITH CHECK (true)', name);
    EXECUTE format('REVOKE ALL ON %I FROM {APP}', name);
    EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM {PLATFORM}', name);
  END LOOP;
END $$;

-- Histograms add bucket by bucket.
CREATE FUNCTION usage_add(left_side bigint[], right_side bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(a + b ORDER BY n) FROM unnest(left_side, right_side) WITH ORDINALITY AS t(a, b, n)
$$;
"""  # noqa: S608 - the names are constants

MONTHS_AHEAD = 3


def make_ahead() -> None:
    """Make the partitions of the coming months, as the owner."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        wait_alone("usage:partitions", using="owner")
        cursor.execute("SELECT usage_make_partitions(now(), %s)", [MONTHS_AHEAD])
