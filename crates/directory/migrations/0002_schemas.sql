-- Schemas and resource types that administrators define. Records of such a type have a kind from 16 on.
-- definitions counts up with every change of them, so that no node goes on with old ones.
ALTER TABLE tenants ADD COLUMN definitions BIGINT NOT NULL DEFAULT 0;

CREATE TABLE schemas (
  tenant UUID NOT NULL, id UUID NOT NULL, urn_key KEYTEXT NOT NULL, version BIGINT NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, urn_key)
);
-- The rows of kind 0 and 1 hold what was added to users and groups.
CREATE TABLE resource_types (
  tenant UUID NOT NULL, id UUID NOT NULL, kind BIGINT NOT NULL, name_key KEYTEXT NOT NULL, endpoint_key KEYTEXT NOT NULL,
  version BIGINT NOT NULL, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, kind), UNIQUE (tenant, name_key), UNIQUE (tenant, endpoint_key)
);

-- One row per value of an attribute whose uniqueness is server or global. scope: the source.
CREATE TABLE unique_values (
  tenant UUID NOT NULL, scope UUID NOT NULL, kind BIGINT NOT NULL, path KEYTEXT NOT NULL, value KEYTEXT NOT NULL,
  owner UUID NOT NULL,
  PRIMARY KEY (tenant, scope, kind, path, value)
) CLUSTERED
