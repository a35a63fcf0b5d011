BEGIN;
SELECT pg_catalog.pg_advisory_xact_lock(18981334218340720);
SET LOCAL lock_timeout = '3s';
DO $columncrypt$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') THEN
        CREATE SCHEMA "public";
    END IF;
END $columncrypt$;
CREATE TABLE IF NOT EXISTS "public"."columncrypt_schema" (
    "id" integer NOT NULL,
    "version" integer NOT NULL,
    "generation" bigint NOT NULL,
    CONSTRAINT "columncrypt_schema_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "columncrypt_schema_id_check" CHECK (id = 1),
    CONSTRAINT "columncrypt_schema_version_check" CHECK (version >= 1),
    CONSTRAINT "columncrypt_schema_generation_check" CHECK (generation >= 0)
);
CREATE TABLE IF NOT EXISTS "public"."columncrypt_tenant" (
    "tenant" text COLLATE "C" NOT NULL,
    "state" text COLLATE "C" NOT NULL,
    "kek_policy" text,
    "hold" text,
    "created_at" timestamp with time zone NOT NULL,
    "shred_scheduled_at" timestamp with time zone,
    "shred_due_at" timestamp with time zone,
    "shredded_at" timestamp with time zone,
    "generation" bigint NOT NULL,
    "row_version" bigint NOT NULL,
    "mac" bytea NOT NULL,
    CONSTRAINT "columncrypt_tenant_pkey" PRIMARY KEY ("tenant"),
    CONSTRAINT "columncrypt_tenant_tenant_check" CHECK (length(tenant) BETWEEN 1 AND 200),
    CONSTRAINT "columncrypt_tenant_state_check" CHECK (state IN ('Active', 'ShredScheduled', 'Shredded')),
    CONSTRAINT "columncrypt_tenant_generation_check" CHECK (generation >= 0),
    CONSTRAINT "columncrypt_tenant_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_tenant_mac_check" CHECK (length(mac) = 32)
);
CREATE INDEX IF NOT EXISTS "columncrypt_tenant_generation" ON "public"."columncrypt_tenant" ("generation", "tenant");
CREATE INDEX IF NOT EXISTS "columncrypt_tenant_shred_due" ON "public"."columncrypt_tenant" ("shred_due_at", "tenant") WHERE shred_due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS "public"."columncrypt_key" (
    "key_id" bytea NOT NULL,
    "tenant" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "version" integer NOT NULL,
    "state" text COLLATE "C" NOT NULL,
    "created_at" timestamp with time zone NOT NULL,
    "activated_at" timestamp with time zone,
    "deactivated_at" timestamp with time zone,
    "suspended_at" timestamp with time zone,
    "compromised_at" timestamp with time zone,
    "destroyed_at" timestamp with time zone,
    "commitment" bytea NOT NULL,
    "reserved_uses" bigint NOT NULL,
    "row_version" bigint NOT NULL,
    "mac" bytea NOT NULL,
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
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_version" ON "public"."columncrypt_key" ("tenant", "kind", "version");
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_one_active_data" ON "public"."columncrypt_key" ("tenant") WHERE kind = 'data' AND state = 'Active';
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_key_one_active_installation" ON "public"."columncrypt_key" ("kind") WHERE kind = 'installation' AND state = 'Active';
CREATE TABLE IF NOT EXISTS "public"."columncrypt_wrap" (
    "key_id" bytea NOT NULL,
    "kek_id" text COLLATE "C" NOT NULL,
    "kek_version" text COLLATE "C" NOT NULL,
    "wrapped" bytea,
    "valid_from" timestamp with time zone NOT NULL,
    "valid_to" timestamp with time zone,
    "verified_at" timestamp with time zone,
    CONSTRAINT "columncrypt_wrap_pkey" PRIMARY KEY ("key_id", "kek_id", "kek_version"),
    CONSTRAINT "columncrypt_wrap_key_id_check" CHECK (length(key_id) = 16)
);
CREATE INDEX IF NOT EXISTS "columncrypt_wrap_live" ON "public"."columncrypt_wrap" ("kek_id", "key_id") WHERE wrapped IS NOT NULL;
CREATE TABLE IF NOT EXISTS "public"."columncrypt_kek" (
    "kek_id" text COLLATE "C" NOT NULL,
    "state" text COLLATE "C" NOT NULL,
    "priority" integer NOT NULL,
    "added_at" timestamp with time zone NOT NULL,
    "retired_at" timestamp with time zone,
    "destroyed_at" timestamp with time zone,
    "row_version" bigint NOT NULL,
    "mac" bytea NOT NULL,
    CONSTRAINT "columncrypt_kek_pkey" PRIMARY KEY ("kek_id"),
    CONSTRAINT "columncrypt_kek_state_check" CHECK (state IN ('Active', 'Retired', 'Destroyed')),
    CONSTRAINT "columncrypt_kek_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_kek_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "public"."columncrypt_job" (
    "job_id" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "target" text,
    "state" text COLLATE "C" NOT NULL,
    "cursor" text,
    "processed" bigint NOT NULL,
    "succeeded" bigint NOT NULL,
    "failed" bigint NOT NULL,
    "lease_owner" text,
    "lease_until" timestamp with time zone,
    "fencing_token" bigint NOT NULL,
    "requested_by" text NOT NULL,
    "requested_at" timestamp with time zone NOT NULL,
    "row_version" bigint NOT NULL,
    "mac" bytea,
    CONSTRAINT "columncrypt_job_pkey" PRIMARY KEY ("job_id"),
    CONSTRAINT "columncrypt_job_state_check" CHECK (state IN ('Requested', 'Ready', 'Running', 'Completed', 'Stopped', 'Cancelled')),
    CONSTRAINT "columncrypt_job_processed_check" CHECK (processed >= 0),
    CONSTRAINT "columncrypt_job_succeeded_check" CHECK (succeeded >= 0),
    CONSTRAINT "columncrypt_job_failed_check" CHECK (failed >= 0),
    CONSTRAINT "columncrypt_job_fencing_token_check" CHECK (fencing_token >= 0),
    CONSTRAINT "columncrypt_job_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_job_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "public"."columncrypt_audit" (
    "audit_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "at" timestamp with time zone NOT NULL,
    "actor" text NOT NULL,
    "action" text COLLATE "C" NOT NULL,
    "tenant" text COLLATE "C",
    "key_id" bytea,
    "detail" text,
    "previous_hash" bytea,
    "mac" bytea NOT NULL,
    CONSTRAINT "columncrypt_audit_pkey" PRIMARY KEY ("audit_id"),
    CONSTRAINT "columncrypt_audit_sequence_check" CHECK (sequence >= 1),
    CONSTRAINT "columncrypt_audit_key_id_check" CHECK (length(key_id) = 16),
    CONSTRAINT "columncrypt_audit_previous_hash_check" CHECK (length(previous_hash) = 32),
    CONSTRAINT "columncrypt_audit_mac_check" CHECK (length(mac) = 32)
);
CREATE UNIQUE INDEX IF NOT EXISTS "columncrypt_audit_sequence" ON "public"."columncrypt_audit" ("sequence");
CREATE INDEX IF NOT EXISTS "columncrypt_audit_unchained" ON "public"."columncrypt_audit" ("audit_id") WHERE sequence IS NULL;
CREATE TABLE IF NOT EXISTS "public"."columncrypt_column" (
    "database_name" text COLLATE "C" NOT NULL,
    "schema_name" text COLLATE "C" NOT NULL,
    "table_name" text COLLATE "C" NOT NULL,
    "column_name" text COLLATE "C" NOT NULL,
    "purpose" text COLLATE "C" NOT NULL,
    "codec" text COLLATE "C" NOT NULL,
    "key_columns" text NOT NULL,
    "index_columns" text NOT NULL,
    "index_version" integer NOT NULL,
    "row_version" bigint NOT NULL,
    "mac" bytea NOT NULL,
    "adoption" text NOT NULL DEFAULT '',
    CONSTRAINT "columncrypt_column_pkey" PRIMARY KEY ("database_name", "schema_name", "table_name", "column_name"),
    CONSTRAINT "columncrypt_column_index_version_check" CHECK (index_version >= 0),
    CONSTRAINT "columncrypt_column_row_version_check" CHECK (row_version >= 1),
    CONSTRAINT "columncrypt_column_mac_check" CHECK (length(mac) = 32)
);
CREATE TABLE IF NOT EXISTS "public"."columncrypt_node" (
    "node_id" text COLLATE "C" NOT NULL,
    "name" text NOT NULL,
    "started_at" timestamp with time zone NOT NULL,
    "seen_at" timestamp with time zone NOT NULL,
    "keks" text NOT NULL,
    "mac" bytea NOT NULL,
    CONSTRAINT "columncrypt_node_pkey" PRIMARY KEY ("node_id"),
    CONSTRAINT "columncrypt_node_mac_check" CHECK (length(mac) = 32)
);
CREATE INDEX IF NOT EXISTS "columncrypt_node_seen" ON "public"."columncrypt_node" ("seen_at");
INSERT INTO "public"."columncrypt_schema" ("id", "version", "generation") VALUES (1, 1, 0) ON CONFLICT DO NOTHING;
COMMIT;
