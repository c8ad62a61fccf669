import type { Hono } from 'hono';

/** Passes requests on, and counts those under way that may change something. */
export function countRequests(app: { fetch: Hono['fetch'] }): {
  fetch: Hono['fetch'];
  underWay: () => number;
} {
  let count = 0;
  return {
    underWay: () => count,
    fetch: async (request, ...more) => {
      if (request.method === 'GET') return app.fetch(request, ...more);
      count += 1;
      try {
        return await app.fetch(request, ...more);
      } finally {
        count -= 1;
      }
    },
  };
}
