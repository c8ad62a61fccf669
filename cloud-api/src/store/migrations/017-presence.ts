/** What devices last said of themselves, and of which connection. */
export const presence = `
create table device_presence (
  device        text primary key check (device ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  incarnation   uuid not null,
  boot_id       text not null,
  -- When the connection was begun, on the monotonic clock of its boot; null for a device that does not say.
  connected_ms  bigint check (connected_ms >= 0),
  online        boolean not null,
  -- When that was last told otherwise, and when anything was last heard; both by our clock.
  since         timestamptz not null,
  heard_at      timestamptz not null,
  -- How the device was when it last said so: a DeviceStatus of the protocol. Null for never.
  status        jsonb,
  status_at     timestamptz,
  constraint a_status_has_a_time check ((status is null) = (status_at is null))
);
`;
