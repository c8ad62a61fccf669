import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { defineRoute } from '../../http/define-route.ts';
import { pagePolicyOf } from '../../http/page-headers.ts';
import { problemAnswer, refusals } from '../../http/problem.ts';
import { type AppEnv, makeRouter } from '../../http/router.ts';
import { type Language, languages } from '../application-fields.ts';
import { knownProducts } from '../known-products.ts';
import { ownApplicationOf } from '../own-application-routes.ts';
import { findByLink, linkPathOf } from '../private-link.ts';
import { receiveApplication } from '../receive-application.ts';
import type { RegistrationParts } from '../registration-parts.ts';
import { withdrawApplication } from '../withdraw-application.ts';
import { applyPage, type FormState } from './apply-page.ts';
import type { Piece } from './page-frame.ts';
import { readForm, type SentForm, sentFormSchema } from './sent-form.ts';
import { statePage, unknownLinkPage } from './state-page.ts';
import { languageOf, wordsIn } from './words.ts';

const ONCE_BYTES = 18;

const query = z.object({
  lang: z
    .string()
    .max(200)
    .optional()
    .transform((asked) => languages.find((language) => language === asked))
    .openapi({ type: 'string', description: 'he, en or ar; any other is as none' }),
});
/** Taken as it comes: what is no link is answered with a page that says so. */
const params = z.object({ token: z.string().min(1).max(200) });
const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const unknownLink = {
  description: 'the link is not known, or has expired; there is no token at all',
  content: {
    ...page('').content,
    ...problemAnswer('').content,
  },
};
const seeOther = { description: 'see the private link', headers: z.object({ location: z.string() }) };
const refused = { 422: refusals[422], 500: refusals[500] };

const form = defineRoute({
  method: 'get',
  path: '/apply',
  'x-permission': 'public',
  summary: 'Page: the form to apply with',
  request: { query },
  responses: { 200: page('the form'), ...refused },
});

const send = defineRoute({
  method: 'post',
  path: '/apply',
  'x-permission': 'public',
  summary: 'Page: send the form',
  request: {
    body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: sentFormSchema } } },
  },
  responses: {
    303: seeOther,
    422: page('the form with what is wrong beside its fields'),
    429: page('too many applications'),
    500: refusals[500],
  },
});

const state = defineRoute({
  method: 'get',
  path: '/apply/{token}',
  'x-permission': 'public',
  summary: 'Page: how the own application stands, by its private link',
  request: { query, params },
  responses: { 200: page('as it stands'), 404: unknownLink, ...refused },
});

const withdraw = defineRoute({
  method: 'post',
  path: '/apply/{token}/withdraw',
  'x-permission': 'public',
  summary: 'Page: take the own application back',
  request: { query, params },
  responses: { 303: seeOther, 404: unknownLink, ...refused },
});

/** The public pages: plain HTML that works without a script, by keyboard and in both directions. */
export function applyRoutes(parts: RegistrationParts) {
  const { db, clock, timeZone, randomBytes } = parts;
  const onceOf = () => randomBytes(ONCE_BYTES).toString('base64url');

  /** The form, with all that was typed. */
  async function formWith(c: Context<AppEnv>, sent: SentForm, language: Language, said: Partial<FormState>) {
    const products = await knownProducts(db);
    return applyPage({ language, nonce: c.get('nonce'), products, sent, wrong: [], once: onceOf(), ...said });
  }

  return makeRouter()
    .openapi(form, async (c) => {
      const language = languageOf(c.req.valid('query').lang, c.req.header('accept-language'));
      return answerPage(c, 200, await formWith(c, {}, language, {}));
    })
    .openapi(send, async (c) => {
      const sent = c.req.valid('form');
      const language = languageOf(sent.lang, c.req.header('accept-language'));
      const { problems } = wordsIn[language];
      const again = async (status: 422 | 429, said: Partial<FormState>) =>
        answerPage(c, status, await formWith(c, sent, language, said));
      if (sent.website !== undefined && sent.website !== '') return again(422, { remark: problems.trap });
      const read = readForm(sent, language);
      if (read.kind === 'wrong') return again(422, { wrong: read.wrong });
      const received = await receiveApplication(c, { fields: read.fields, key: sent.once }, parts);
      switch (received.kind) {
        case 'invalid':
          return again(422, { wrong: ['products'] });
        case 'key_reused':
          return again(422, { remark: problems.sentBefore });
        case 'too_many': {
          const { resetS } = received.standing;
          c.header('retry-after', String(resetS));
          return again(429, { remark: problems.tooMany(Math.ceil(resetS / 60)) });
        }
        case 'received':
          if (received.linkPath === null) return again(422, { remark: problems.sentBefore });
          return c.redirect(`${received.linkPath}?lang=${language}`, 303);
      }
    })
    .openapi(state, async (c) => {
      const { token } = c.req.valid('param');
      const { lang } = c.req.valid('query');
      const row = await findByLink(db, token, clock);
      const language = languageOf(lang ?? row?.language, c.req.header('accept-language'));
      const nonce = c.get('nonce');
      if (row === undefined) return answerPage(c, 404, unknownLinkPage(language, nonce));
      return answerPage(c, 200, statePage(ownApplicationOf(row), { language, nonce, token, timeZone }));
    })
    .openapi(withdraw, async (c) => {
      const { token } = c.req.valid('param');
      const language = languageOf(c.req.valid('query').lang, c.req.header('accept-language'));
      const done = await db.transaction().execute((trx) => withdrawApplication(trx, token, parts));
      if (done.kind === 'unknown') return answerPage(c, 404, unknownLinkPage(language, c.get('nonce')));
      // Of one that was decided meanwhile, the page says what was decided.
      return c.redirect(`${linkPathOf(token)}?lang=${language}`, 303);
    });
}

function answerPage(c: Context<AppEnv>, status: 200 | 404 | 422 | 429, content: Piece) {
  return c.html(content, status, { 'content-security-policy': pagePolicyOf(c.get('nonce')) });
}
