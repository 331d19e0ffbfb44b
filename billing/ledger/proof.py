"""The proof: events, roll-ups and ledger say the same, down to the nano-dollar."""

from typing import Any

from django.db import connections

_TRIAL_BALANCE = """
SELECT 'the ledger does not balance: debits ' || sum(debits_posted) || ' posted and ' || sum(debits_pending)
  || ' pending, credits ' || sum(credits_posted) || ' and ' || sum(credits_pending)
FROM ledger_account
HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)
"""

_REPLAY = """
WITH counted AS (
  SELECT entry.debit_id, entry.credit_id,
    CASE WHEN entry.kind IN (0, 2) THEN entry.amount ELSE 0 END AS posted,
    CASE WHEN entry.kind = 1 AND done.id IS NULL THEN entry.amount ELSE 0 END AS pending
  FROM ledger_transfer entry LEFT JOIN ledger_transfer done ON done.pending_id = entry.id
), sides AS (
  SELECT debit_id AS id, posted AS debit, pending AS debit_pending, 0 AS credit, 0 AS credit_pending
  FROM counted
  UNION ALL SELECT credit_id, 0, 0, posted, pending FROM counted
), replayed AS (
  SELECT id, sum(debit) AS debit, sum(debit_pending) AS debit_pending, sum(credit) AS credit,
    sum(credit_pending) AS credit_pending
  FROM sides GROUP BY id
)
SELECT 'account ' || account.id || ' (' || account.code || ') says debits '
  || debits_posted || '+' || debits_pending
  || ', credits ' || credits_posted || '+' || credits_pending || '; its transfers say debits '
  || coalesce(debit, 0) || '+' || coalesce(debit_pending, 0)
  || ', credits ' || coalesce(credit, 0) || '+' || coalesce(credit_pending, 0)
FROM ledger_account account LEFT JOIN replayed USING (id)
WHERE (debits_posted, debits_pending, credits_posted, credits_pending) IS DISTINCT FROM
  (coalesce(debit, 0), coalesce(debit_pending, 0), coalesce(credit, 0), coalesce(credit_pending, 0))
"""

_ROLLUPS = """
WITH happened AS (
  SELECT organization_id,
    count(*) FILTER (WHERE kind = 0) AS events,
    sum(amount) AS amount, sum(charged) AS charged, sum(cost) AS cost
  FROM usage_usageevent WHERE occurred_at >= %(since)s GROUP BY 1
), summed AS (
  SELECT organization_id,
    sum(events) AS events, sum(amount) AS amount, sum(charged) AS charged, sum(cost) AS cost
  FROM usage_usagerollup WHERE grain = %(grain)s AND bucket >= %(since)s GROUP BY 1
)
SELECT 'organization ' || organization_id || ', grain ' || %(grain)s || ': events say '
  || coalesce(to_jsonb(happened) - 'organization_id', 'null') || ', roll-ups say '
  || coalesce(to_jsonb(summed) - 'organization_id', 'null')
FROM happened FULL JOIN summed USING (organization_id)
WHERE (happened.events, happened.amount, happened.charged, happened.cost)
  IS DISTINCT FROM (summed.events, summed.amount, summed.charged, summed.cost)
"""

_CHARGED = """
WITH happened AS (
  SELECT organization_id, sum(charged) AS charged FROM usage_usageevent GROUP BY 1
), posted AS (
  SELECT organization_id, sum(CASE reason WHEN 'refund' THEN -amount ELSE amount END) AS charged
  FROM ledger_transfer WHERE reason IN ('usage', 'refund') AND kind IN (0, 2) GROUP BY 1
)
SELECT 'organization ' || coalesce(organization_id::text, '(none)')
  || ' was charged ' || coalesce(happened.charged, 0) || ' by its events and '
  || coalesce(posted.charged, 0) || ' by the ledger'
FROM happened FULL JOIN posted USING (organization_id)
WHERE coalesce(happened.charged, 0) <> coalesce(posted.charged, 0)
"""

_COST = """
WITH happened AS (
  SELECT 'cogs:' || provider_id AS code, sum(cost) AS cost FROM usage_usageevent GROUP BY 1
), posted AS (
  SELECT account.code, sum(side.amount) AS cost
  FROM (
    SELECT debit_id AS account_id, amount FROM ledger_transfer WHERE reason = 'cost' AND kind IN (0, 2)
    UNION ALL
    SELECT credit_id, -amount FROM ledger_transfer WHERE reason = 'cost' AND kind IN (0, 2)
  ) AS side JOIN ledger_account account ON account.id = side.account_id
  WHERE account.code LIKE 'cogs:%%' GROUP BY 1
)
SELECT 'account ' || code || ' stands for ' || coalesce(happened.cost, 0) || ' by the events and '
  || coalesce(posted.cost, 0) || ' by the ledger'
FROM happened FULL JOIN posted USING (code)
WHERE coalesce(happened.cost, 0) <> coalesce(posted.cost, 0)
"""

_OVERRUN = """
WITH happened AS (
  SELECT coalesce(sum(greatest(amount - charged, 0)), 0) AS waived FROM usage_usageevent
), posted AS (
  SELECT coalesce(sum(amount), 0) AS waived FROM ledger_transfer WHERE reason = 'overrun' AND kind IN (0, 2)
)
SELECT 'overruns came to ' || happened.waived || ' by the events and ' || posted.waived || ' by the ledger'
FROM happened, posted WHERE happened.waived <> posted.waived
"""

_MINUTES = "SELECT date_trunc('hour', now()) - interval '46 hours'"  # safely within what pruning leaves
_EVER = "SELECT '-infinity'::timestamptz"
_GRAINS = ((1, _MINUTES), (2, _EVER), (3, _EVER))


def prove() -> list[str]:
    """Every discrepancy in a sentence, amounts in nano-USD; nothing where the books are right.

    Checked: debits equal credits; each account is what its transfers replay to; per organization the
    roll-ups of every grain (minutes: as far back as they are kept) are the sums of the events, and the ledger
    charged what the events charged; per provider it booked their cost; and it waived what they overran.
    Each check is one statement, so it sees one state of the books however busy they are.
    """
    checks: list[tuple[str, dict[str, Any]]] = [(_TRIAL_BALANCE, {}), (_REPLAY, {})]
    checks += [(_ROLLUPS.replace("%(since)s", f"({since})"), {"grain": grain}) for grain, since in _GRAINS]
    checks += [(_CHARGED, {}), (_COST, {}), (_OVERRUN, {})]
    discrepancies: list[str] = []
    for check, parameters in checks:
        with connections["platform"].cursor() as cursor:
            cursor.execute(check, parameters)
            discrepancies += [sentence for (sentence,) in cursor.fetchall()]
    return discrepancies
