-- Sign-in by an OpenID provider, invitations, and administrators who are kept out for a while.

-- issuer, subject: who the provider says they are; an address never is. An empty password_hash: they have no password.
-- by_groups: their role is what the provider's groups say, at each sign-in.
ALTER TABLE administrators ADD COLUMN issuer KEYTEXT;
ALTER TABLE administrators ADD COLUMN subject KEYTEXT;
ALTER TABLE administrators ADD COLUMN by_groups BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE administrators ADD COLUMN disabled_at BIGINT;
CREATE UNIQUE INDEX administrators_by_subject ON administrators (tenant, issuer, subject);
-- id_token: what the provider said, sealed, for signing out there. NULL: the session began with a password.
ALTER TABLE sessions ADD COLUMN id_token TEXT;

-- One open invitation for each name. Taking it up, revoking it and running out all end it.
CREATE TABLE invitations (
  tenant UUID NOT NULL, id KEYTEXT NOT NULL, user_name TEXT NOT NULL, name_key KEYTEXT NOT NULL, role TEXT NOT NULL,
  application UUID, hash KEYTEXT NOT NULL, inviter TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, name_key)
);
-- The one provider of a tenant; secret: sealed for its issuer.
CREATE TABLE sign_in_providers (tenant UUID PRIMARY KEY, settings TEXT NOT NULL, secret TEXT, version BIGINT NOT NULL);
-- States with which browsers came back from the provider: each is good once.
CREATE TABLE used_states (
  tenant UUID NOT NULL, hash KEYTEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash)
)
