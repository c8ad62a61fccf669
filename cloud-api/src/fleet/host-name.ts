/** The name the cloud itself signs in with at a broker. */
export const HOST_NAME = 'cloud';

/** Whether a name is kept for the cloud and its replicas (`cloud`, `cloud-2`); no device may have it. */
export function isHostName(name: string): boolean {
  return /^cloud(-\d{1,3})?$/.test(name);
}
