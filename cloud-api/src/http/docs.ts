import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { absolutePath } from 'swagger-ui-dist';
import type { AppEnv } from './router.ts';

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Everything comes from this server, so that the page works on a site without a network. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

const pageOf = (title: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="./docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="./docs/swagger-ui-bundle.js"></script><script src="./docs/start.js"></script></body></html>
`;

const startScript = `window.ui = SwaggerUIBundle({ url: './openapi.json', dom_id: '#swagger-ui', deepLinking: true });
`;

/**
 * `/openapi.json` of a part of the API and `/docs`, its page for people.
 * @param described the router whose routes are described
 * @param basePath where that router is mounted
 */
export function docsRoutes(described: OpenAPIHono<AppEnv>, title: string, basePath: string) {
  const folder = absolutePath();
  const routes = new Hono<AppEnv>();
  routes.get('/openapi.json', (c) => {
    const document = described.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title, version: '1' },
      servers: [{ url: basePath }],
      security: [{ apiKey: [] }],
    });
    const components = {
      ...document.components,
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    };
    return c.json({ ...document, components });
  });
  routes.get('/docs', (c) =>
    c.html(pageOf(title), 200, { 'content-security-policy': contentSecurityPolicy }),
  );
  routes.get('/docs/start.js', (c) =>
    c.body(startScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  for (const [name, type] of Object.entries(files)) {
    routes.get(`/docs/${name}`, (c) =>
      c.body(readFileSync(join(folder, name)), 200, { 'content-type': type }),
    );
  }
  return routes;
}
