/** The site's code, which is how every ticket number begins. */
export function siteOf(ticketNo: string): string {
  return ticketNo.split('-', 1)[0] ?? '';
}
