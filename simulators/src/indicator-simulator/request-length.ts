const [LF, CR] = [0x0a, 0x0d];

/** Requests that end with CR, a line feed behind it counted when it is there already. */
export function requestToCr(received: Uint8Array): number {
  const end = received.indexOf(CR) + 1;
  return end > 0 && received[end] === LF ? end + 1 : end;
}

/** Requests that end with CR LF. */
export function requestToLf(received: Uint8Array): number {
  return received.indexOf(LF) + 1;
}

/** Requests of one byte each. */
export function requestOfOneByte(received: Uint8Array): number {
  return Math.min(1, received.length);
}

/** The text of a request without the control characters around it. */
export function requestText(request: Uint8Array): string {
  return Buffer.from(request).toString('latin1').trim();
}
