-- Who has read the notice of 911's limits: which edition, in which language, on which device, when.
CREATE TABLE advisory (
    endpoint TEXT NOT NULL REFERENCES endpoint (uri),
    device TEXT NOT NULL,
    edition INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    language TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (endpoint, device, edition, read_at)
) STRICT, WITHOUT ROWID;
