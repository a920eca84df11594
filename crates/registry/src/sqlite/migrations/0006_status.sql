-- Where in a document's body its `status` stands, if it stands there as it is given to the call path; then it is passed on
-- unread. Documents from before, and those that others wrote in their own way, are written anew for each answer.
ALTER TABLE document ADD COLUMN status_at INTEGER;
ALTER TABLE document ADD COLUMN status_length INTEGER;
