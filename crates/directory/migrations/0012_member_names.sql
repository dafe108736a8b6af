-- A name is looked for either among those that are pending or among those that were found: one index for each, so that a
-- large group writes one less.
DROP INDEX member_names_by_value;
CREATE INDEX member_names_found ON member_names (tenant, source, value) WHERE member IS NOT NULL
