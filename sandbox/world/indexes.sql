-- Created after the data is inserted, which is faster.
CREATE INDEX incidents_by_creation ON incidents (created_at, id);
CREATE INDEX resources_by_slug ON resources (type, slug);
CREATE INDEX links_by_resource ON links (key, relation);
CREATE INDEX io_attachments_by_incident ON io_attachments (incident_id);
CREATE INDEX io_attachments_by_resource ON io_attachments (resource_type, external_id);
