import { writeSync } from 'node:fs';
import { serve } from '@hono/node-server';
import { makeRouter } from '@weighgate/cloud-api/src/http/router.ts';
import { openDatabase } from '@weighgate/cloud-api/src/store/database.ts';
import { sessionRoutes } from '@weighgate/cloud-api/src/weighings/session-routes.ts';
import { Hono } from 'hono';
import { pino } from 'pino';

// A program of its own, so that it has a process to itself as the cloud has. Its arguments: the payload of `/payload`, and
// the address of the database that `/session/ID` reads without asking who wants to know.
const [payload = '{}', databaseUrl = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const database = await openDatabase(databaseUrl, log);
const body: unknown = JSON.parse(payload);
const app = new Hono();
app.get('/payload', (c) => c.json(body as object));
app.post('/payload', async (c) => c.json(await c.req.json(), 201));
const unguarded = makeRouter();
unguarded.use(async (c, next) => {
  c.set('caller', {
    kind: 'key',
    id: 'bench',
    name: 'bench',
    role: null,
    permissions: new Set(),
    providerId: null,
    sessionId: null,
  });
  await next();
});
unguarded.route('/', sessionRoutes({ db: database.db, timeZone: 'UTC' }));
app.route('/', unguarded);
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  writeSync(1, `${JSON.stringify({ msg: 'bare.ready', port })}\n`);
});
process.once('SIGTERM', () => {
  server.close();
  void database[Symbol.asyncDispose]();
});
