-- A head's note tells no time, so nothing beside it is to: a column that nothing is held against could be changed unseen.
ALTER TABLE waybill.checkpoints
  DROP COLUMN IF EXISTS `time`;
