import type { DeviceStatus } from '@weighgate/protocol';

/** What the words about a device are made from; null is not known. */
export interface DeviceFacts {
  presence: 'online' | 'silent' | 'offline' | 'unknown';
  heardAgeSeconds: number | null;
  upTo: number;
  provenAgeSeconds: number | null;
  waiting: number | null;
  clockOffsetMs: number;
  status: DeviceStatus | null;
  statusAgeSeconds: number | null;
  quarantineReason: string | null;
}

/** A clock that differs by more is worth a look: 2 min. */
const CLOCK_OFFSET_MS = 120_000;
const LITTLE_DISK_BYTES = 1024 ** 3;

/** How a device stands: what is proven first, and what it merely said after that. */
export function deviceSentence(facts: DeviceFacts): string {
  const { upTo, provenAgeSeconds, waiting } = facts;
  const proven =
    upTo === 0 || provenAgeSeconds === null
      ? 'no entry of its present journal is proven here'
      : `entries 1 to ${upTo} are proven here, the last for ${spanWords(provenAgeSeconds)}`;
  const rest =
    waiting === null
      ? 'how many wait at the device is not known'
      : waiting === 0
        ? 'none waits at the device'
        : `${waiting} wait at the device`;
  return `${proven}; ${rest}; ${presenceWords(facts)}`;
}

/** What somebody should look at, the gravest first. */
export function deviceConcerns(facts: DeviceFacts): string[] {
  const { status, clockOffsetMs, quarantineReason, presence } = facts;
  const concerns: string[] = [];
  if (quarantineReason !== null)
    concerns.push(`in quarantine, and gets no commands: ${plain(quarantineReason)}`);
  if (presence === 'silent') concerns.push(presenceWords(facts));
  if (Math.abs(clockOffsetMs) > CLOCK_OFFSET_MS) {
    const way = clockOffsetMs > 0 ? 'ahead of' : 'behind';
    concerns.push(`its clock is ${spanWords(Math.abs(clockOffsetMs) / 1000)} ${way} ours`);
  }
  if (status === null) return concerns;
  if (status.sync.trouble !== null) concerns.push(`its sending is in trouble: ${plain(status.sync.trouble)}`);
  if (status.storage !== 'ok')
    concerns.push(`its storage is ${status.storage === 'low' ? 'full' : 'filling'}`);
  else if (status.freeDiskBytes !== null && status.freeDiskBytes < LITTLE_DISK_BYTES) {
    concerns.push(`its disk has ${Math.floor(status.freeDiskBytes / 1024 ** 2)} MiB free`);
  }
  for (const { id, line } of status.scales) {
    if (line !== 'ok' && line !== 'unknown') concerns.push(`scale ${id}: ${lineWords[line]}`);
  }
  const { printer } = status;
  if (printer !== null && !['ready', 'unknown'].includes(printer.state)) {
    concerns.push(`its printer: ${plain(printer.state)}, ${printer.waiting} tickets waiting`);
  }
  return concerns;
}

const lineWords = {
  port_gone: 'there is no connection to the indicator',
  silent: 'the indicator sends nothing',
  no_frames: 'what comes from the indicator fits no frame of its model',
  stale: 'no fresh weight comes',
} as const;

function presenceWords({ presence, heardAgeSeconds }: DeviceFacts): string {
  const ago = heardAgeSeconds === null ? 'at a time not known' : `${spanWords(heardAgeSeconds)} ago`;
  switch (presence) {
    case 'online':
      return `it said it is there ${ago}`;
    case 'silent':
      return `it said it is there ${ago}, and nothing since`;
    case 'offline':
      return `it is away, by what was said ${ago}`;
    case 'unknown':
      return 'whether it is there is not known';
  }
}

const plain = (word: string) => word.replaceAll('_', ' ');

/** `35 s`, `12 min`, `7 h`, `3 days`. */
function spanWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
