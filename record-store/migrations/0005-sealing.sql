-- What opens a payload's commitment stands beside the value, and goes with it. A plain digest of a value could be guessed.
ALTER TABLE waybill.payloads
  ADD COLUMN IF NOT EXISTS `salt` FixedString(32) CODEC(NONE) AFTER `bytes`,
  DROP COLUMN IF EXISTS `digest`;

-- Nodes of each log's tree, one for every 256 of the level below (level 8 over 256 leaves, level 16 over 65,536, …): with the leaf hashes, a
-- proof reads a few hundred hashes, however large the tree.
CREATE TABLE IF NOT EXISTS waybill.nodes
(
  `log_id` LowCardinality(String),
  `level` UInt8,
  `node_index` UInt64 CODEC(Delta(8), LZ4),
  `hash` FixedString(32) CODEC(NONE)
)
ENGINE = MergeTree
ORDER BY (log_id, level, node_index)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Signed heads of the logs' trees: what a proof ends in.
CREATE TABLE IF NOT EXISTS waybill.checkpoints
(
  `log_id` LowCardinality(String),
  `size` UInt64,
  `root` FixedString(32) CODEC(NONE),
  `note` String CODEC(ZSTD(1)),
  `time` DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (log_id, size)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Who read what, one row an answered question.
CREATE TABLE IF NOT EXISTS waybill.reads
(
  `tenant` LowCardinality(String),
  `log_id` LowCardinality(String),
  `leaf_index` UInt64 CODEC(Delta(8), LZ4),
  `time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `key_id` LowCardinality(String),
  `role` LowCardinality(String),
  `route` LowCardinality(String),
  `parameters` String CODEC(ZSTD(1)),
  `rows` UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant, time, leaf_index)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
