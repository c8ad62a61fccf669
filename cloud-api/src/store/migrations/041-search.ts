/** Search in the registry, and the sessions of one provider found without reading everybody's. */
export const search = `
create extension if not exists pg_trgm;

-- pg_trgm makes trigrams of what the locale calls letters; in the C locale, which is ours, that is ASCII alone. So Hebrew and
-- Arabic letters are told apart by Latin ones here. This finds candidates; what is compared in the end is the text itself.
create function trigram_text(said text) returns text immutable strict parallel safe language sql
  return translate(said,
    'אבגדהוזחטיכךלמםנןסעפףצץקרשתءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي',
    'abcdefghijkklmmnnopqqrrstuvaaawayabctxjhkdzrzsxcvtzegfqklmnhwyy');

create index providers_by_part_of_name on providers using gin (trigram_text(name_key) gin_trgm_ops);
create index providers_by_word on providers using gin (to_tsvector('simple', name_key));
create index providers_by_what_they_are_now on providers ((coalesce(merged_into, id)));
create index trucks_by_part_of_plate on trucks using gin (trigram_text(truck_key) gin_trgm_ops);
create index trucks_by_alias on trucks (alias_of) where alias_of is not null;
create index truck_owners_by_provider on truck_owners (provider_id);
create index containers_by_part_of_id on containers using gin (id gin_trgm_ops);

-- What owners there were before they were written down with their time: those of now, and those that deliveries name.
insert into truck_owner_changes (truck_key, provider_id, owned_from, said_by, said_at)
  select o.truck_key, o.provider_id, o.valid_from, 'the registry before it kept owners by time', t.created_at
    from truck_owners o
    join trucks t using (truck_key)
   where not exists (
     select from truck_owner_changes c where (c.truck_key, c.provider_id) = (o.truck_key, o.provider_id))
  union all
  select l.truck_key, l.provider_id, min(l.weighed_out_at), 'the ledger', min(l.posted_at)
    from ledger_entries l
    join trucks t using (truck_key)
   where not exists (
     select from truck_owner_changes c where (c.truck_key, c.provider_id) = (l.truck_key, l.provider_id))
     and not exists (
     select from truck_owners o where (o.truck_key, o.provider_id) = (l.truck_key, l.provider_id))
     and l.provider_id is not null
   group by l.truck_key, l.provider_id;
create index truck_owner_changes_by_provider on truck_owner_changes (provider_id, truck_key);

-- Every plate under which something may have come for a provider: of trucks that anybody ever said were theirs.
create view provider_plates as
  select coalesce(p.merged_into, p.id) as provider_id, c.truck_key
    from truck_owner_changes c
    join providers p on p.id = c.provider_id
  union
  select coalesce(p.merged_into, p.id), t.truck_key
    from truck_owner_changes c
    join providers p on p.id = c.provider_id
    join trucks t on t.alias_of = c.truck_key;
`;
