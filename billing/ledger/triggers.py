"""The two triggers that make the ledger a ledger; used by its first migration."""

TRIGGERS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transfer
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Balances move here and nowhere else. Both accounts are locked in the order of their ids: no deadlock.
CREATE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE hold ledger_transfer;
BEGIN
  IF NEW.kind IN (2, 3) THEN
    SELECT * INTO STRICT hold FROM ledger_transfer WHERE id = NEW.pending_id AND kind = 1;
    IF hold.debit_id <> NEW.debit_id OR hold.credit_id <> NEW.credit_id THEN
      RAISE EXCEPTION 'a resolution must name the accounts of its hold';
    END IF;
    IF NEW.kind = 2 AND NEW.amount > hold.amount THEN
      RAISE EXCEPTION 'a posting of % exceeds its hold of %', NEW.amount, hold.amount;
    END IF;
  END IF;
  PERFORM 1 FROM ledger_account WHERE id IN (NEW.debit_id, NEW.credit_id) ORDER BY id FOR NO KEY UPDATE;
  UPDATE ledger_account SET
    debits_posted = debits_posted + CASE WHEN NEW.kind IN (0, 2) THEN NEW.amount ELSE 0 END,
    debits_pending = debits_pending
      + CASE NEW.kind WHEN 1 THEN NEW.amount WHEN 0 THEN 0 ELSE -hold.amount END
    WHERE id = NEW.debit_id;
  UPDATE ledger_account SET
    credits_posted = credits_posted + CASE WHEN NEW.kind IN (0, 2) THEN NEW.amount ELSE 0 END,
    credits_pending = credits_pending
      + CASE NEW.kind WHEN 1 THEN NEW.amount WHEN 0 THEN 0 ELSE -hold.amount END
    WHERE id = NEW.credit_id;
  RETURN NULL;
END $$;
CREATE TRIGGER apply AFTER INSERT ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION ledger_apply();
"""
