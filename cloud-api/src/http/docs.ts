import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Hono } from 'hono';
import { absolutePath } from 'swagger-ui-dist';
import { withEdgeAnswers } from './edge-answers.ts';
import { pagePolicyOf } from './page-headers.ts';
import type { AppEnv } from './router.ts';

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const securitySchemes = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'what /api/auth/login answers, good for 30 minutes',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'key of a machine, as POST /api/auth/keys makes it',
  },
};

const startScript = `window.ui = SwaggerUIBundle({ url: './openapi.json', dom_id: '#swagger-ui', deepLinking: true });
`;

const pageOf = (title: string, nonce: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="./docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="./docs/swagger-ui-bundle.js"></script>
<script nonce="${nonce}">${startScript}</script></body></html>
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
    const document = withEdgeAnswers(
      described.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title, version: '1' },
        servers: [{ url: basePath }],
        security: [{ accessToken: [] }, { apiKey: [] }],
      }),
    );
    for (const operations of Object.values(document.paths ?? {})) {
      for (const operation of Object.values(operations) as Record<string, unknown>[]) {
        if (operation['x-permission'] === 'public') operation.security = [];
      }
    }
    return c.json({ ...document, components: { ...document.components, securitySchemes } });
  });
  routes.get('/docs', (c) => {
    const nonce = c.get('nonce');
    return c.html(pageOf(title, nonce), 200, { 'content-security-policy': pagePolicyOf(nonce) });
  });
  for (const [name, type] of Object.entries(files)) {
    routes.get(`/docs/${name}`, (c) =>
      c.body(readFileSync(join(folder, name)), 200, {
        'content-type': type,
        'cache-control': 'public, max-age=3600',
      }),
    );
  }
  return routes;
}
