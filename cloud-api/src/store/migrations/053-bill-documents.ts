/** Documents that were drawn: whoever asks for one again gets the very same bytes, whatever draws documents by then. */
export const billDocuments = `
create table bill_documents (
  bill_id  uuid not null references bills,
  language text not null check (language in ('en', 'he', 'ar')),
  content  bytea not null check (octet_length(content) between 1 and 33554432),
  sha256   bytea not null check (sha256 = sha256(content)),
  drawn_at timestamptz not null,
  primary key (bill_id, language)
);
create trigger bill_documents_append_only before update or delete on bill_documents
  for each row execute function refuse_change();
create trigger bill_documents_no_truncate before truncate on bill_documents
  for each statement execute function refuse_change();
`;
