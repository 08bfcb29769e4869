-- What redaction did to a record, the tokens in it, and which policies were in force.
ALTER TABLE waybill.records
  ADD COLUMN IF NOT EXISTS `redactions` Array(LowCardinality(String)),
  ADD COLUMN IF NOT EXISTS `redaction_counts` Array(Int64),
  ADD COLUMN IF NOT EXISTS `tokens` Array(String),
  ADD COLUMN IF NOT EXISTS `redaction_policies` Array(LowCardinality(String));

-- A search for a person's value looks for a token in all of a tenant's time.
ALTER TABLE waybill.records
  ADD INDEX IF NOT EXISTS tokens_bloom `tokens` TYPE bloom_filter(0.01) GRANULARITY 4;

-- A view keeps the columns it was made with.
CREATE OR REPLACE VIEW waybill.current_records AS
SELECT * FROM waybill.records
WHERE sign = 1 AND (tenant, call_id, revision) NOT IN
  (SELECT tenant, call_id, revision FROM waybill.records WHERE sign = -1);
