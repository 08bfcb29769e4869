-- A table at rest looks for parts to take off the disk every five minutes only: too late for what was erased.
ALTER TABLE waybill.payloads
  MODIFY SETTING cleanup_delay_period = 2, max_cleanup_delay_period = 5, cleanup_delay_period_random_add = 1;
