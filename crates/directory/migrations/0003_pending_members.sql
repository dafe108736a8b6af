-- What sources call members otherwise than by an id of ours that is there: an id that has not come yet, an externalId,
-- a user name. member: the record that the name was found to mean; NULL while it is pending. Found ones stay, so that a
-- source reads back what it wrote. name_key: the name folded, as user names are compared. type: as the source stated it.
CREATE TABLE member_names (
  tenant UUID NOT NULL, group_id UUID NOT NULL, value KEYTEXT NOT NULL, source UUID NOT NULL, name_key KEYTEXT NOT NULL,
  type TEXT, member UUID, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, group_id, value)
) CLUSTERED;
CREATE INDEX member_names_by_value ON member_names (tenant, source, value);
CREATE INDEX member_names_pending ON member_names (tenant, source, name_key) WHERE member IS NULL;
CREATE UNIQUE INDEX member_names_by_member ON member_names (tenant, member, group_id)
