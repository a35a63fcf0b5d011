PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS "columncrypt_schema" (
    "id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    CONSTRAINT "columncrypt_schema_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "columncrypt_schema_id_check" CHECK (id = 1),
    CONSTRAINT "columncrypt_schema_version_check" CHECK (version >= 1),
    CONSTRAINT "columncrypt_schema_generation_check" CHECK (generation >= 0)
);
CREATE TABLE IF NOT EXISTS "columncrypt_tenant" (
    "tenant" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "kek_policy" TEXT,
    "hold" TEXT,
    "created_at" TEXT NOT NULL,
    "shred_scheduled_at" TEXT,
    "shred_due_at" TEXT,
    "shredded_at" TEXT,
    "generation" INTEGER NOT NULL,
    "row_version" INTEGER NOT NULL,
    "mac" BLOB NOT NULL,
    CONSTRAINT "columncrypt_tenant_pkey" PRIMARY KEY ("tenant"),
    CONSTRAINT "columncrypt_tenant_tenant_check" CHECK (length(tenant) BETWEEN 1 AND 200),
    CONSTRAINT "columncrypt_tenant_state_check" CHECK (state IN ('Active', 'ShredScheduled', 'Shredded')),
    CONSTRAINT "columncrypt_tenant_generation_check" CHECK (generation >= 0),
    CONSTRAINT "columncrypt_tenant_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_tenant_mac_check" CHECK (length(mac) = 32)
);
CREATE INDEX IF NOT EXISTS "columncrypt_tenant_generation" ON "columncrypt_tenant" ("generation", "tenant");
CREATE INDEX IF NOT EXISTS "columncrypt_tenant_shred_due" ON "columncrypt_tenant" ("shred_due_at", "tenant") WHERE shred_due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS "columncrypt_key" (
    "key_id" BLOB NOT NULL,
    "tenant" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TEXT NOT NULL,
    "activated_at" TEXT,
    "deactivated_at" TEXT,
    "suspended_at" TEXT,
    "compromised_at" TEXT,
    "destroyed_at" TEXT,
    "commitment" BLOB NOT NULL,
    "reserved_uses" INTEGER NOT NULL,
    "row_version" INTEGER NOT NULL,
    "mac" BLOB NOT NULL,
    CONSTRAINT "columncrypt_key_pkey" PRIMARY KEY ("key_id"),
    CONSTRAINT "columncrypt_key_key_id_check" CHECK (length(key_id) = 16),
    CONSTRAINT "columncrypt_key_tenant_check" CHECK (length(tenant) <= 200),
    CONSTRAINT "columncrypt_key_kind_check" CHECK (kind IN ('data', 'index', 'intermediate', 'installation', 'signing')),
    CONSTRAINT "columncrypt_key_version_check" CHECK (version >= 1),
    CONSTRAINT "columncrypt_key_state_check" CHECK (state IN ('PreActive', 'Active', 'Deactivated', 'Compromised', 'Suspended', 'Destroyed')),
    CONSTRAINT "columncrypt_key_commitment_check" CHECK (length(commitment) = 32),
    CONSTRAINT "columncrypt_key_reserved_uses_check" CHECK (reserved_uses >= 0),
    CONSTRAINT "columncrypt_key_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_key_mac_check" CHECK (length(mac) = 32)
);
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_version" ON "columncrypt_key" ("tenant", "kind", "version");
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_one_active_data" ON "columncrypt_key" ("tenant") WHERE kind = 'data' AND state = 'Active';
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_one_active_installation" ON "columncrypt_key" ("kind") WHERE kind = 'installation' AND state = 'Active';
CREATE TABLE IF NOT EXISTS "columncrypt_wrap" (
    "key_id" BLOB NOT NULL,
    "kek_id" TEXT NOT NULL,
    "kek_version" TEXT NOT NULL,
    "wrapped" BLOB,
    "valid_from" TEXT NOT NULL,
    "valid_to" TEXT,
    "verified_at" TEXT,
    CONSTRAINT "columncrypt_wrap_pkey" PRIMARY KEY ("key_id", "kek_id", "kek_version"),
    CONSTRAINT "columncrypt_wrap_key_id_check" CHECK (length(key_id) = 16)
);
CREATE INDEX IF NOT EXISTS "columncrypt_wrap_live" ON "columncrypt_wrap" ("kek_id", "key_id") WHERE wrapped IS NOT NULL;
CREATE TABLE IF NOT EXISTS "columncrypt_kek" (
    "kek_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "added_at" TEXT NOT NULL,
    "retired_at" TEXT,
    "destroyed_at" TEXT,
    "row_version" INTEGER NOT NULL,
    "mac" BLOB NOT NULL,
    CONSTRAINT "columncrypt_kek_pkey" PRIMARY KEY ("kek_id"),
    CONSTRAINT "columncrypt_kek_state_check" CHECK (state IN ('Active', 'Retired', 'Destroyed')),
    CONSTRAINT "columncrypt_kek_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_kek_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "columncrypt_job" (
    "job_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT,
    "state" TEXT NOT NULL,
    "cursor" TEXT,
    "processed" INTEGER NOT NULL,
    "succeeded" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "lease_owner" TEXT,
    "lease_until" TEXT,
    "fencing_token" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" TEXT NOT NULL,
    "row_version" INTEGER NOT NULL,
    "mac" BLOB,
    CONSTRAINT "columncrypt_job_pkey" PRIMARY KEY ("job_id"),
    CONSTRAINT "columncrypt_job_state_check" CHECK (state IN ('Requested', 'Ready', 'Running', 'Completed', 'Stopped', 'Cancelled')),
    CONSTRAINT "columncrypt_job_processed_check" CHECK (processed >= 0),
    CONSTRAINT "columncrypt_job_succeeded_check" CHECK (succeeded >= 0),
    CONSTRAINT "columncrypt_job_failed_check" CHECK (failed >= 0),
    CONSTRAINT "columncrypt_job_fencing_token_check" CHECK (fencing_token >= 0),
    CONSTRAINT "columncrypt_job_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_job_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "columncrypt_audit" (
    "audit_id" TEXT NOT NULL,
    "sequence" INTEGER,
    "at" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "tenant" TEXT,
    "key_id" BLOB,
    "detail" TEXT,
    "previous_hash" BLOB,
    "mac" BLOB NOT NULL,
    CONSTRAINT "columncrypt_audit_pkey" PRIMARY KEY ("audit_id"),
    CONSTRAINT "columncrypt_audit_sequence_check" CHECK (sequence >= 1),
    CONSTRAINT "columncrypt_audit_key_id_check" CHECK (length(key_id) = 16),
    CONSTRAINT "columncrypt_audit_previous_hash_check" CHECK (length(previous_hash) = 32),
    CONSTRAINT "columncrypt_audit_mac_check" CHECK (length(mac) = 32)
);
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_audit_sequence" ON "columncrypt_audit" ("sequence");
CREATE INDEX IF NOT EXISTS "columncrypt_audit_unchained" ON "columncrypt_audit" ("audit_id") WHERE sequence IS NULL;
CREATE TABLE IF NOT EXISTS "columncrypt_column" (
    "database_name" TEXT NOT NULL,
    "schema_name" TEXT NOT NULL,
    "table_name" TEXT NOT NULL,
    "column_name" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "codec" TEXT NOT NULL,
    "key_columns" TEXT NOT NULL,
    "index_columns" TEXT NOT NULL,
    "index_version" INTEGER NOT NULL,
    "row_version" INTEGER NOT NULL,
    "mac" BLOB NOT NULL,
    "adoption" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "columncrypt_column_pkey" PRIMARY KEY ("database_name", "schema_name", "table_name", "column_name"),
    CONSTRAINT "columncrypt_column_index_version_check" CHECK (index_version >= 0),
    CONSTRAINT "columncrypt_column_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_column_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "columncrypt_node" (
    "node_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "started_at" TEXT NOT NULL,
    "seen_at" TEXT NOT NULL,
    "keks" TEXT NOT NULL,
    "mac" BLOB NOT NULL,
    CONSTRAINT "columncrypt_node_pkey" PRIMARY KEY ("node_id"),
    CONSTRAINT "columncrypt_node_mac_check" CHECK (length(mac) = 32)
);
CREATE INDEX IF NOT EXISTS "columncrypt_node_seen" ON "columncrypt_node" ("seen_at");
INSERT INTO "columncrypt_schema" ("id", "version", "generation") VALUES (1, 1, 0) ON CONFLICT DO NOTHING;
COMMIT;
