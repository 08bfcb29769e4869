-- What is searched: one row a record, and a row of sign −1 for each that it supersedes. Sorted by tenant and time: a person's month, a
-- tool's week and every window read little, and a revision that names another user changes no key.
CREATE TABLE IF NOT EXISTS waybill.records
(
  `tenant` LowCardinality(String),
  `log_id` LowCardinality(String),
  `leaf_index` UInt64 CODEC(Delta(8), LZ4),
  `sign` Int8,
  `kind` LowCardinality(String),
  `call_id` FixedString(16),
  `revision` UInt16,
  `time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `start_time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `end_time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `append_time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `duration_us` Nullable(Int64),
  `method` LowCardinality(String),
  `operation` LowCardinality(String),
  `user` LowCardinality(String),
  `user_grade` LowCardinality(String),
  `user_key` LowCardinality(String),
  `auth_method` LowCardinality(String),
  `on_behalf_of` LowCardinality(String),
  `roles` Array(LowCardinality(String)),
  `team` LowCardinality(String),
  `agent` LowCardinality(String),
  `agent_id` LowCardinality(String),
  `agent_version` LowCardinality(String),
  `agent_grade` LowCardinality(String),
  `parent_agent` LowCardinality(String),
  `agent_depth` UInt8,
  `client` LowCardinality(String),
  `client_version` LowCardinality(String),
  `gateway` LowCardinality(String),
  `server` LowCardinality(String),
  `server_version` LowCardinality(String),
  `server_grade` LowCardinality(String),
  `tool` LowCardinality(String),
  `tool_definition_hash` LowCardinality(String),
  `prompt` LowCardinality(String),
  `resource` String,
  `target` LowCardinality(String),
  `outcome` LowCardinality(String),
  `denied_by` LowCardinality(String),
  `error_type` LowCardinality(String),
  `status_code` LowCardinality(String),
  `retry_count` Nullable(Int64),
  `policy_decision` LowCardinality(String),
  `policy_rule` LowCardinality(String),
  `approval` String,
  `origin` LowCardinality(String),
  `grade` LowCardinality(String),
  `missing` Array(LowCardinality(String)),
  `trace_id` FixedString(16) CODEC(NONE),
  `span_id` FixedString(8) CODEC(NONE),
  `jsonrpc_id` String,
  `conversation` String,
  `session` String,
  `model_provider` LowCardinality(String),
  `model` LowCardinality(String),
  `host` LowCardinality(String),
  `region` LowCardinality(String),
  `source` LowCardinality(String),
  `destination` LowCardinality(String),
  `transport` LowCardinality(String),
  `bytes_in` Nullable(Int64),
  `bytes_out` Nullable(Int64),
  `input_tokens` Nullable(Int64),
  `output_tokens` Nullable(Int64),
  `cost_nano` Nullable(Int64),
  `currency` LowCardinality(String),
  `cost_source` LowCardinality(String),
  `data_classes` Array(LowCardinality(String)),
  `purpose` LowCardinality(String),
  `break_glass` LowCardinality(String),
  `capture_method` LowCardinality(String),
  `retention_class` LowCardinality(String),
  `data_region` LowCardinality(String),
  `config_version` Int64,
  `hops` UInt8,
  `dialects` Array(LowCardinality(String)),
  `producers` Array(LowCardinality(String)),
  `flags` Array(LowCardinality(String)),
  INDEX by_call call_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, call_id, revision, sign)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- One row a charge. Sorted as records are.
CREATE TABLE IF NOT EXISTS waybill.charges
(
  `tenant` LowCardinality(String),
  `log_id` LowCardinality(String),
  `leaf_index` UInt64 CODEC(Delta(8), LZ4),
  `sign` Int8,
  `kind` LowCardinality(String),
  `call_id` FixedString(16),
  `revision` UInt16,
  `time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `team` LowCardinality(String),
  `user` LowCardinality(String),
  `agent` LowCardinality(String),
  `server` LowCardinality(String),
  `tool` LowCardinality(String),
  `model` LowCardinality(String),
  `meter` LowCardinality(String),
  `unit` LowCardinality(String),
  `quantity` Int64,
  `sku` LowCardinality(String),
  `price_id` LowCardinality(String),
  `currency` LowCardinality(String),
  `amount_nano` Nullable(Int64),
  `source` LowCardinality(String),
  INDEX by_call call_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, call_id, revision, meter, sign)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Redacted payload values, apart from the searched columns, so that only the eraser need delete from here.
CREATE TABLE IF NOT EXISTS waybill.payloads
(
  `tenant` LowCardinality(String),
  `log_id` LowCardinality(String),
  `leaf_index` UInt64 CODEC(Delta(8), LZ4),
  `call_id` FixedString(16),
  `revision` UInt16,
  `time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `field` LowCardinality(String),
  `media_type` LowCardinality(String),
  `value` String CODEC(ZSTD(1)),
  `bytes` Int64,
  `digest` FixedString(32) CODEC(NONE),
  `truncated` UInt8,
  INDEX by_call call_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, call_id, revision, field)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- The evidence, in log order. By month of append time, which never falls within a log: whole months can be dropped at the end of
-- their retention, and a batch of the ledger lies in one month.
CREATE TABLE IF NOT EXISTS waybill.leaves
(
  `log_id` LowCardinality(String),
  `leaf_index` UInt64 CODEC(Delta(8), LZ4),
  `tenant` LowCardinality(String),
  `seq` UInt64 CODEC(Delta(8), LZ4),
  `call_id` FixedString(16),
  `revision` UInt16,
  `append_time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `leaf` String CODEC(ZSTD(1)),
  `leaf_hash` FixedString(32) CODEC(NONE),
  INDEX by_call call_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(append_time)
ORDER BY (log_id, leaf_index)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What is declared, by the registry offset that brought it.
CREATE TABLE IF NOT EXISTS waybill.registry
(
  `tenant` LowCardinality(String),
  `version` Int64,
  `time` DateTime64(6, 'UTC') CODEC(Delta(8), LZ4),
  `kind` LowCardinality(String),
  `id` String,
  `name` String,
  `team` LowCardinality(String),
  `owner` String,
  `status` LowCardinality(String),
  `document` String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY tuple()
ORDER BY (tenant, version, kind, id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
