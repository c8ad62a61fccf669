/** The name the cloud itself signs in with at a broker. */
export const HOST_NAME = 'cloud';

/** Whether a name is that of the cloud's inbox or of a replica's (`cloud`, `cloud-2`). */
export function isHostName(name: string): boolean {
  return /^cloud(-\d{1,3})?$/.test(name);
}

/** The name under which an inbox's cloud listens to live weight, beside it: `cloud-live` for `cloud`. */
export function liveNameOf(name: string): string {
  return `${name}-live`;
}

/** Whether a name is that of the cloud's ear for live weight or of a replica's (`cloud-live`, `cloud-2-live`). */
export function isLiveName(name: string): boolean {
  return /^cloud(-\d{1,3})?-live$/.test(name);
}

/** Whether a name is kept for the cloud; no device may have it. */
export function isKeptName(name: string): boolean {
  return isHostName(name) || isLiveName(name);
}
