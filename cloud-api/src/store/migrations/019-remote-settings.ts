/** What settings are wished for at each device, and what came of them there. */
export const remoteSettings = `
create table device_settings (
  device   text not null check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  version  bigint not null check (version > 0),
  -- The whole of what is set from afar: RemoteSettings of the protocol.
  settings jsonb not null check (jsonb_typeof(settings) = 'object'),
  put_by   text not null check (put_by <> ''),
  put_why  text not null check (put_why <> ''),
  put_at   timestamptz not null,
  primary key (device, version)
);
create trigger device_settings_append_only before update or delete on device_settings
  for each row execute function refuse_change();

create table settings_reports (
  entry_uuid  uuid primary key,
  device      text not null,
  incarnation uuid not null,
  seq         bigint not null check (seq > 0),
  version     bigint not null check (version >= 0),
  outcome     text not null check (outcome in ('trying', 'applied', 'refused', 'rolled_back')),
  detail      text,
  changes     jsonb not null,
  reported_at timestamptz not null
);
create index settings_reports_by_device on settings_reports (device, version, seq);
create trigger settings_reports_append_only before update or delete on settings_reports
  for each row execute function refuse_change();
`;
