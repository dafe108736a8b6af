-- One text for both engines. KEYTEXT is text compared byte by byte, CLUSTERED a table stored in key order.
-- Times are milliseconds since 1970; ids are UUIDv7; documents are JSON text that SQL never looks into.
-- kind: 0 = user, 1 = group (records, values, members, marks, operations), 2 = membership (work only).

CREATE TABLE tenants (
  id UUID PRIMARY KEY, name KEYTEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL
);

CREATE TABLE administrators (
  tenant UUID NOT NULL, id UUID NOT NULL, user_name TEXT NOT NULL, name_key KEYTEXT NOT NULL,
  password_hash TEXT NOT NULL, role TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, name_key)
);
CREATE TABLE sessions (
  id KEYTEXT PRIMARY KEY, tenant UUID NOT NULL, administrator UUID NOT NULL,
  created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL
);
CREATE TABLE api_tokens (
  id KEYTEXT PRIMARY KEY, tenant UUID NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, hash KEYTEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, revoked_at BIGINT
);

CREATE TABLE sources (
  tenant UUID NOT NULL, id UUID NOT NULL, slug KEYTEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key KEYTEXT NOT NULL,
  kind TEXT NOT NULL, settings TEXT NOT NULL, rank BIGINT NOT NULL, version BIGINT NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, last_request_at BIGINT,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, name_key)
);
CREATE TABLE source_tokens (
  id KEYTEXT PRIMARY KEY, tenant UUID NOT NULL, source UUID NOT NULL, hash KEYTEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, revoked_at BIGINT
);
CREATE INDEX source_tokens_by_source ON source_tokens (tenant, source);
CREATE TABLE requests (
  tenant UUID NOT NULL, source UUID NOT NULL, id UUID NOT NULL, at BIGINT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status BIGINT NOT NULL, scim_type TEXT, subject TEXT, detail TEXT, duration_us BIGINT NOT NULL,
  PRIMARY KEY (tenant, source, id)
) CLUSTERED;
CREATE INDEX requests_by_age ON requests (tenant, id);

-- What each source says. subject: the user or group of the directory; NULL = unjoined, unjoined says why.
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

-- One row per value of an indexed attribute. scope: a source for records, the tenant itself for users.
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

CREATE TABLE applications (
  tenant UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, name_key KEYTEXT NOT NULL, active BOOLEAN NOT NULL,
  current_version BIGINT, version BIGINT NOT NULL, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX applications_by_name ON applications (tenant, name_key);
CREATE TABLE application_versions (
  tenant UUID NOT NULL, application UUID NOT NULL, number BIGINT NOT NULL, state TEXT NOT NULL, settings TEXT NOT NULL,
  created_at BIGINT NOT NULL, published_at BIGINT,
  PRIMARY KEY (tenant, application, number)
);
-- An application's credential, sealed for one origin: it can't be sent anywhere else.
CREATE TABLE credentials (
  tenant UUID NOT NULL, application UUID NOT NULL, origin TEXT NOT NULL, sealed TEXT NOT NULL, last4 TEXT NOT NULL,
  modified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application)
);

CREATE TABLE assignments (
  tenant UUID NOT NULL, application UUID NOT NULL, subject UUID NOT NULL, kind BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application, subject)
);
CREATE INDEX assignments_by_subject ON assignments (tenant, subject);
CREATE TABLE pushed_groups (
  tenant UUID NOT NULL, application UUID NOT NULL, group_id UUID NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application, group_id)
);
CREATE INDEX pushed_groups_by_group ON pushed_groups (tenant, group_id);

-- Who has access to what, why, and since when; kept by the plan lane. paths: JSON.
CREATE TABLE effective_users (
  tenant UUID NOT NULL, application UUID NOT NULL, user_id UUID NOT NULL, since BIGINT NOT NULL, paths TEXT NOT NULL,
  PRIMARY KEY (tenant, application, user_id)
);
CREATE INDEX effective_users_by_user ON effective_users (tenant, user_id);

-- The tie to one object in an application, with the ledger: what we know it holds.
-- unsure: a change was sent whose end was not heard; the ledger must not be believed.
CREATE TABLE accounts (
  tenant UUID NOT NULL, application UUID NOT NULL, user_id UUID NOT NULL, user_name TEXT NOT NULL,
  remote_id KEYTEXT, origin TEXT NOT NULL, state TEXT NOT NULL, unsure BOOLEAN NOT NULL, applied TEXT NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application, user_id)
);
CREATE UNIQUE INDEX accounts_by_remote_id ON accounts (tenant, application, remote_id);
CREATE INDEX accounts_by_user ON accounts (tenant, user_id);
CREATE TABLE group_links (
  tenant UUID NOT NULL, application UUID NOT NULL, group_id UUID NOT NULL, display_name TEXT NOT NULL,
  remote_id KEYTEXT, origin TEXT NOT NULL, state TEXT NOT NULL, unsure BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application, group_id)
);
CREATE UNIQUE INDEX group_links_by_remote_id ON group_links (tenant, application, remote_id);
CREATE TABLE link_members (
  tenant UUID NOT NULL, application UUID NOT NULL, group_id UUID NOT NULL, user_id UUID NOT NULL, remote_id KEYTEXT NOT NULL,
  unsure BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, application, group_id, user_id)
) CLUSTERED;
CREATE INDEX link_members_by_user ON link_members (tenant, user_id, application, group_id);

-- Marks, not messages: one row per key, finishing deletes only the revision that was seen.
-- dirty: look at this user or group. spread: look at everyone inside this group.
CREATE TABLE dirty (
  tenant UUID NOT NULL, kind BIGINT NOT NULL, subject UUID NOT NULL, spread BOOLEAN NOT NULL, revision BIGINT NOT NULL,
  cause UUID, marked_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, subject)
) CLUSTERED;
-- work: look at this object for that application. member: the user, for kind 2.
CREATE TABLE work (
  tenant UUID NOT NULL, application UUID NOT NULL, kind BIGINT NOT NULL, subject UUID NOT NULL, member UUID NOT NULL,
  phase BIGINT NOT NULL, revision BIGINT NOT NULL, status TEXT NOT NULL, due_at BIGINT NOT NULL, attempts BIGINT NOT NULL,
  first_failed_at BIGINT, error_code TEXT, error_detail TEXT, waiting_on UUID, cause UUID, marked_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, application, kind, subject, member)
) CLUSTERED;
CREATE INDEX work_by_due ON work (tenant, application, phase, due_at);
CREATE INDEX work_waiting ON work (tenant, application, waiting_on) WHERE waiting_on IS NOT NULL;

CREATE TABLE lanes (
  tenant UUID NOT NULL, kind TEXT NOT NULL, subject UUID NOT NULL, owner UUID, epoch BIGINT NOT NULL,
  lease_until BIGINT NOT NULL, paused_until BIGINT NOT NULL, failures BIGINT NOT NULL, note_code TEXT, note TEXT,
  PRIMARY KEY (tenant, kind, subject)
);

CREATE TABLE runs (
  tenant UUID NOT NULL, id UUID NOT NULL, application UUID NOT NULL, kind TEXT NOT NULL, started_at BIGINT NOT NULL,
  finished_at BIGINT, succeeded BIGINT NOT NULL, pending BIGINT NOT NULL, waiting BIGINT NOT NULL, failed BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX runs_by_application ON runs (tenant, application, id);
CREATE INDEX runs_open ON runs (tenant, application) WHERE finished_at IS NULL;
CREATE TABLE operations (
  tenant UUID NOT NULL, id UUID NOT NULL, run UUID NOT NULL, application UUID NOT NULL, kind BIGINT NOT NULL,
  subject UUID NOT NULL, subject_name TEXT NOT NULL, remote_id TEXT, op TEXT NOT NULL, status TEXT NOT NULL,
  error_code TEXT, error_detail TEXT, changes TEXT, cause UUID, at BIGINT NOT NULL, duration_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX operations_by_run ON operations (tenant, run, id);
CREATE INDEX operations_by_subject ON operations (tenant, subject, id);
CREATE TABLE attempts (
  tenant UUID NOT NULL, operation UUID NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, status BIGINT, duration_ms BIGINT NOT NULL, error_code TEXT, request TEXT, response TEXT,
  PRIMARY KEY (tenant, operation, number)
) CLUSTERED;

-- The audit trail: every change of the directory and of the configuration, by whom, and what differed.
CREATE TABLE changes (
  tenant UUID NOT NULL, id UUID NOT NULL, at BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor TEXT NOT NULL,
  request UUID, action TEXT NOT NULL, object_kind TEXT NOT NULL, object UUID NOT NULL, object_name TEXT NOT NULL,
  detail TEXT,
  PRIMARY KEY (tenant, id)
) CLUSTERED;
CREATE INDEX changes_by_object ON changes (tenant, object, id)
;
-- How many records a source has, in 64 parts so that concurrent creates rarely wait for the same row.
CREATE TABLE record_counts (
  tenant UUID NOT NULL, source UUID NOT NULL, kind BIGINT NOT NULL, part BIGINT NOT NULL, total BIGINT NOT NULL,
  PRIMARY KEY (tenant, source, kind, part)
)
