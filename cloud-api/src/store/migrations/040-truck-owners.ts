/** Who owned which truck when, in half-open ranges; providers that turned out to be another one. */
export const truckOwners = `
-- The one provider that a merged one is now; never itself a merged one.
alter table providers add column merged_into bigint references providers check (merged_into <> id);

create table truck_owners (
  range_id    bigint generated always as identity primary key,
  -- Of a truck of its own; an alias is owned as the truck it stands for.
  truck_key   text not null references trucks (truck_key),
  provider_id bigint not null references providers,
  valid_from  timestamptz,
  valid_to    timestamptz,
  constraint a_truck_is_owned_for_a_time check (valid_from < valid_to),
  constraint a_truck_has_one_owner_at_a_time exclude using gist (
    truck_key with =,
    tstzrange(valid_from, valid_to, '[)') with &&)
);
insert into truck_owners (truck_key, provider_id)
  select truck_key, provider_id from trucks where alias_of is null;

-- Every time somebody said whose a truck is, from when on.
create table truck_owner_changes (
  change_id   bigint generated always as identity primary key,
  truck_key   text not null references trucks (truck_key),
  provider_id bigint not null references providers,
  owned_from  timestamptz,
  said_by     text not null,
  said_at     timestamptz not null
);
create index truck_owner_changes_by_truck on truck_owner_changes (truck_key, change_id);
create trigger truck_owner_changes_append_only before update or delete on truck_owner_changes
  for each row execute function refuse_change();
create trigger truck_owner_changes_no_truncate before truncate on truck_owner_changes
  for each statement execute function refuse_change();

alter table trucks drop column provider_id;

-- The owner of the truck that a plate stands for, by when. Whoever asks for an owner asks here, with
-- "during @> the instant the truck was weighed out".
create view plate_owners as
  select t.truck_key, coalesce(p.merged_into, p.id) as provider_id, o.valid_from, o.valid_to,
         tstzrange(o.valid_from, o.valid_to, '[)') as during
    from trucks t
    join truck_owners o on o.truck_key = coalesce(t.alias_of, t.truck_key)
    join providers p on p.id = o.provider_id;

-- Whose a session is: the provider written down with its delivery, and where none is, the owner of the truck when it
-- was weighed out, or was weighed in while it is not out yet. Null: nobody's.
create view session_owners as
  select s.id as session_id, coalesce(w.merged_into, w.id, o.provider_id) as provider_id
    from weighing_sessions s
    left join ledger_entries l on l.session_id = s.id and l.corrects_entry_id is null
    left join providers w on w.id = l.provider_id
    left join plate_owners o
      on o.truck_key = s.truck_key and o.during @> coalesce(s.weighed_out_at, s.weighed_in_at);
`;
