/** What happened to accounts is carried over into the chain of the audit, in its order: one history, not two. */
export const oneHistory = `
do $$
declare
  event record;
  change uuid;
  salt uuid := gen_random_uuid();
  entry jsonb;
begin
  for event in select * from identity_events order by event_id loop
    change := event.event_id;
    salt := gen_random_uuid();
    entry := jsonb_build_object(
      'v', 1, 'id', change, 'action', 'account.' || event.kind,
      'at', to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'actor', jsonb_build_object('kind', 'unknown', 'id', null, 'name',
        'sha256:' || encode(sha256(convert_to(salt || chr(10) || event.actor, 'UTF8')), 'hex')),
      'subject', jsonb_build_object('kind', 'user', 'id', event.user_id),
      'before', null, 'after', event.detail - 'name', 'why', null, 'requestId', null,
      'place', case when event.address is null then null else jsonb_build_object(
        'address', 'sha256:' || encode(sha256(convert_to(salt || chr(10) || event.address, 'UTF8')), 'hex'),
        'userAgent', 'sha256:' || encode(sha256(convert_to(salt || chr(10) || coalesce(event.user_agent, ''), 'UTF8')), 'hex'))
      end);
    insert into audit_changes (change_id, entry_text) values (change, entry::text);
    insert into audit_clear_values (change_id, place, salt, value) values (change, '/actor/name', salt, event.actor);
    if event.address is not null then
      insert into audit_clear_values (change_id, place, salt, value) values
        (change, '/place/address', salt, event.address),
        (change, '/place/userAgent', salt, coalesce(event.user_agent, ''));
    end if;
  end loop;
end $$;
drop table identity_events;
`;
