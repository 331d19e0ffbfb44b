"""The triggers that make the ledger a ledger; used by its first migration."""

TRIGGERS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transfer
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Balances move here and nowhere else: once per statement, so that an account which all of its transfers have
-- in common is written once. Accounts are locked in the order of their ids: no deadlock.
CREATE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM fresh LEFT JOIN ledger_transfer hold ON hold.id = fresh.pending_id AND hold.kind = 1
    WHERE fresh.kind IN (2, 3)
      AND ROW(hold.debit_id, hold.credit_id) IS DISTINCT FROM ROW(fresh.debit_id, fresh.credit_id)
  ) THEN
    RAISE EXCEPTION 'a resolution must name a hold and its accounts' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (
    SELECT FROM fresh JOIN ledger_transfer hold ON hold.id = fresh.pending_id
    WHERE fresh.kind = 2 AND fresh.amount > hold.amount
  ) THEN
    RAISE EXCEPTION 'a posting exceeds its hold' USING ERRCODE = 'check_violation';
  END IF;

  PERFORM FROM ledger_account
    WHERE id IN (SELECT debit_id FROM fresh UNION SELECT credit_id FROM fresh)
    ORDER BY id FOR NO KEY UPDATE;

  WITH moved AS (
    SELECT fresh.debit_id, fresh.credit_id,
      CASE WHEN fresh.kind IN (0, 2) THEN fresh.amount ELSE 0 END AS posted,
      CASE fresh.kind WHEN 0 THEN 0 WHEN 1 THEN fresh.amount ELSE -hold.amount END AS pending
    FROM fresh LEFT JOIN ledger_transfer hold ON hold.id = fresh.pending_id
  ), sides AS (
    SELECT debit_id AS account_id, posted AS debit, pending AS debit_pending, 0 AS credit, 0 AS credit_pending
      FROM moved
    UNION ALL
    SELECT credit_id, 0, 0, posted, pending FROM moved
  ), sums AS (
    SELECT account_id, sum(debit) AS debit, sum(debit_pending) AS debit_pending,
      sum(credit) AS credit, sum(credit_pending) AS credit_pending
    FROM sides GROUP BY account_id
  )
  UPDATE ledger_account SET
    debits_posted = debits_posted + sums.debit, debits_pending = debits_pending + sums.debit_pending,
    credits_posted = credits_posted + sums.credit, credits_pending = credits_pending + sums.credit_pending
  FROM sums WHERE ledger_account.id = sums.account_id;
  RETURN NULL;
END $$;
CREATE TRIGGER apply AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply();
"""
