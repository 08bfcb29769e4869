-- The records of one conversation are found without reading the others.
ALTER TABLE waybill.records
  ADD INDEX IF NOT EXISTS by_conversation `conversation` TYPE bloom_filter(0.01) GRANULARITY 1;
