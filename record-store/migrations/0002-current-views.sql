-- Current records: those whose −1 row is not there. Convenient for people and dashboards; each question first reads the −1 rows of all
-- time of every tenant it may see (17 bytes each, one call in ten or so). A question in code that knows its tenant and window asks
-- `records` itself and bounds both sides by them: a −1 row repeats the tenant and the time of the row that it takes back.
CREATE VIEW IF NOT EXISTS waybill.current_records AS
SELECT * FROM waybill.records
WHERE sign = 1 AND (tenant, call_id, revision) NOT IN
  (SELECT tenant, call_id, revision FROM waybill.records WHERE sign = -1);

-- Charges net of what revisions took back: one row a day and dimension. Unpriced stays NULL where nothing is priced.
CREATE VIEW IF NOT EXISTS waybill.charges_by_day AS
SELECT
  tenant, toDate(time) AS day, team, agent, server, tool, model, meter, unit, currency,
  sum(sign * quantity) AS quantity,
  if(countIf(amount_nano IS NOT NULL) = 0, NULL, sum(sign * amount_nano)) AS amount_nano
FROM waybill.charges
GROUP BY tenant, day, team, agent, server, tool, model, meter, unit, currency
HAVING sum(sign) > 0;
