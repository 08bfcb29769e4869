-- Which stages of MCP use a record shows, and the model's id of its tool call, by which log records and spans of one call are found together.
ALTER TABLE waybill.records
  ADD COLUMN IF NOT EXISTS `stages` Array(LowCardinality(String)),
  ADD COLUMN IF NOT EXISTS `tool_call_id` String;

-- A view keeps the columns it was made with.
CREATE OR REPLACE VIEW waybill.current_records AS
SELECT * FROM waybill.records
WHERE sign = 1 AND (tenant, call_id, revision) NOT IN
  (SELECT tenant, call_id, revision FROM waybill.records WHERE sign = -1);
