let sharedUrl: string | undefined;

/** Says where the server is that all test files of a run share. */
export function shareTestServer(url: string | undefined): void {
  sharedUrl = url;
}

/** Its address; undefined outside of a test run. */
export const sharedTestServer = (): string | undefined => sharedUrl;
