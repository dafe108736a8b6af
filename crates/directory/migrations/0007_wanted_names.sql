-- A user name that a person's sources state while it is another user's: taken as soon as it is free.
-- wanted_key: folded, as users.name_key is.
ALTER TABLE users ADD COLUMN wanted_name TEXT;
ALTER TABLE users ADD COLUMN wanted_key KEYTEXT;
CREATE INDEX users_wanted ON users (tenant, wanted_key) WHERE wanted_key IS NOT NULL;
