"""What keeps prices honest; used by the catalogue's first migration.

The exclusion constraint is written with integer ranges because plain equality of a BIGINT in GiST needs an
extension that not every server has.
"""

IMMUTABLE_PRICES = """
ALTER TABLE catalogue_price ADD CONSTRAINT price_versions_do_not_overlap EXCLUDE USING gist (
  int8range(model_id, model_id, '[]') WITH &&,
  int8range(COALESCE(group_id, 0), COALESCE(group_id, 0), '[]') WITH &&,
  int8range(COALESCE(provider_id, 0), COALESCE(provider_id, 0), '[]') WITH &&,
  int4range(ascii(book), ascii(book), '[]') WITH &&,
  tstzrange(valid_from, valid_until) WITH &&
);
CREATE FUNCTION price_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.valid_until IS NULL
     AND ROW(NEW.id, NEW.book, NEW.model_id, NEW.group_id, NEW.provider_id, NEW.rates, NEW.valid_from)
       IS NOT DISTINCT FROM
         ROW(OLD.id, OLD.book, OLD.model_id, OLD.group_id, OLD.provider_id, OLD.rates, OLD.valid_from) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a price version is never changed: close it and open another';
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON catalogue_price
  FOR EACH ROW EXECUTE FUNCTION price_refuse_change();
"""
