-- The tables that a SCIM create touches in Lockstep, with the same columns, keys and indexes
-- (crates/directory/migrations). KEYTEXT and CLUSTERED mean what they mean there. Not the other tables: the
-- reference has nobody to authenticate, to join or to push to.

CREATE TABLE records (
  tenant UUID NOT NULL, id UUID NOT NULL, source UUID NOT NULL, kind BIGINT NOT NULL, name_key KEYTEXT NOT NULL,
  external_id KEYTEXT, active BOOLEAN NOT NULL, version BIGINT NOT NULL, members BIGINT NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, subject UUID, unjoined TEXT, doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX records_by_name ON records (tenant, source, kind, name_key);
CREATE UNIQUE INDEX records_by_external_id ON records (tenant, source, kind, external_id);
CREATE UNIQUE INDEX records_by_id ON records (tenant, source, kind, id);
CREATE INDEX records_by_subject ON records (tenant, subject);
CREATE INDEX records_by_modified ON records (tenant, source, kind, modified_at, id);
CREATE INDEX records_inactive ON records (tenant, source, kind, id) WHERE active = FALSE;
CREATE TABLE record_members (
  tenant UUID NOT NULL, group_id UUID NOT NULL, member_id UUID NOT NULL, member_kind BIGINT NOT NULL,
  PRIMARY KEY (tenant, group_id, member_id)
) CLUSTERED;
CREATE INDEX record_members_by_member ON record_members (tenant, member_id);
CREATE TABLE attribute_values (
  tenant UUID NOT NULL, scope UUID NOT NULL, kind BIGINT NOT NULL, path KEYTEXT NOT NULL, value KEYTEXT NOT NULL,
  owner UUID NOT NULL, element BIGINT NOT NULL,
  PRIMARY KEY (tenant, scope, kind, path, value, owner, element)
) CLUSTERED;
CREATE TABLE users (
  tenant UUID NOT NULL, id UUID NOT NULL, user_name TEXT NOT NULL, name_key KEYTEXT NOT NULL, display_name TEXT,
  active BOOLEAN NOT NULL, on_hold BOOLEAN NOT NULL, version BIGINT NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX users_by_name ON users (tenant, name_key);
CREATE TABLE groups (
  tenant UUID NOT NULL, id UUID NOT NULL, kind TEXT NOT NULL, display_name TEXT NOT NULL, name_key KEYTEXT NOT NULL,
  source UUID, version BIGINT NOT NULL, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX groups_by_name ON groups (tenant, name_key, id);
CREATE TABLE group_members (
  tenant UUID NOT NULL, group_id UUID NOT NULL, member_id UUID NOT NULL, member_kind BIGINT NOT NULL,
  PRIMARY KEY (tenant, group_id, member_id)
) CLUSTERED;
CREATE INDEX group_members_by_member ON group_members (tenant, member_id, group_id);
CREATE TABLE dirty (
  tenant UUID NOT NULL, kind BIGINT NOT NULL, subject UUID NOT NULL, spread BOOLEAN NOT NULL, revision BIGINT NOT NULL,
  cause UUID, marked_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, subject)
) CLUSTERED;
CREATE TABLE changes (
  tenant UUID NOT NULL, id UUID NOT NULL, at BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor TEXT NOT NULL,
  request UUID, action TEXT NOT NULL, object_kind TEXT NOT NULL, object UUID NOT NULL, object_name TEXT NOT NULL,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) CLUSTERED;
CREATE INDEX changes_by_object ON changes (tenant, object, id);
CREATE TABLE record_counts (
  tenant UUID NOT NULL, source UUID NOT NULL, kind BIGINT NOT NULL, part BIGINT NOT NULL, total BIGINT NOT NULL,
  PRIMARY KEY (tenant, source, kind, part)
)
