-- What a document is found by for the call path: a hash of its endpoint. SQLite has none of its own, so the program brings it.
ALTER TABLE document ADD COLUMN endpoint_hash INTEGER NOT NULL DEFAULT 0;
UPDATE document SET endpoint_hash = endpoint_hash(endpoint);
CREATE INDEX document_by_hash ON document (endpoint_hash);
