/** Who asks to become a provider, and what became of it. */
export const applications = `
create table applications (
  application_id         uuid primary key,
  -- What an applicant says on the telephone.
  reference              text not null unique check (reference ~ '^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$'),
  -- 'waiting': behind an open one of the same e-mail address or tax id; it is 'pending' once that one is decided.
  status                 text not null check (status in ('waiting', 'pending', 'approved', 'rejected', 'withdrawn')),
  company_name           text not null check (length(company_name) between 1 and 255),
  contact_email          text not null check (length(contact_email) between 3 and 254),
  email_key              text not null,
  phone                  text check (length(phone) between 1 and 50),
  location               text check (length(location) between 1 and 255),
  tax_id                 text check (length(tax_id) between 1 and 20),
  tax_key                text,
  products               text[] not null check (cardinality(products) between 1 and 50),
  truck_count            integer not null check (truck_count > 0),
  capacity_tons_per_day  integer not null check (capacity_tons_per_day > 0),
  language               text not null check (language in ('he', 'en', 'ar')),
  -- The private link is known here by its hash.
  link_hash              text not null unique check (link_hash ~ '^[0-9a-f]{64}$'),
  link_expires_at        timestamptz not null,
  version                bigint not null default 1,
  created_at             timestamptz not null,
  updated_at             timestamptz not null,
  decided_at             timestamptz,
  -- A user's or an API key's name; 'applicant' for who holds the private link.
  decided_by             text,
  provider_id            bigint references providers,
  rejection_reason       text check (length(rejection_reason) between 1 and 1000),
  constraint only_an_approved_one_has_a_provider check ((status = 'approved') = (provider_id is not null)),
  constraint only_a_rejected_one_has_a_reason check (rejection_reason is null or status = 'rejected'),
  constraint what_is_over_was_decided check ((status in ('waiting', 'pending')) = (decided_at is null)),
  constraint who_decided_is_known check ((decided_at is null) = (decided_by is null)),
  constraint a_tax_id_can_be_compared check ((tax_id is null) = (tax_key is null))
);
create unique index one_open_application_per_email  on applications (email_key) where status = 'pending';
create unique index one_open_application_per_tax_id on applications (tax_key)   where status = 'pending';
create index applications_by_age    on applications (created_at, application_id);
create index applications_by_email  on applications (email_key, created_at);
create index applications_by_tax_id on applications (tax_key, created_at);
create index applications_by_status on applications (status, created_at, application_id);

-- What was stated stays, and what was decided is final: who was rejected applies anew.
create function keep_application() returns trigger language plpgsql as $$
begin
  if old.status not in ('waiting', 'pending') then
    raise exception 'application %: it was decided', old.reference;
  end if;
  if (new.application_id, new.reference, new.company_name, new.contact_email, new.phone, new.location, new.tax_id,
      new.products, new.truck_count, new.capacity_tons_per_day, new.created_at)
     is distinct from
     (old.application_id, old.reference, old.company_name, old.contact_email, old.phone, old.location, old.tax_id,
      old.products, old.truck_count, old.capacity_tons_per_day, old.created_at) then
    raise exception 'application %: what was stated never changes', old.reference;
  end if;
  return new;
end $$;
create trigger a_change_counts before update on applications for each row execute function count_version();
create trigger application_stays before update on applications for each row execute function keep_application();
create trigger applications_are_kept before delete on applications for each row execute function refuse_forgetting();
`;
