import { html } from 'hono/html';
import type { Language } from '../application-fields.ts';
import type { OwnApplication } from '../own-application-routes.ts';
import { linkPathOf } from '../private-link.ts';
import { type Piece, pageFrame } from './page-frame.ts';
import { wordsIn } from './words.ts';

interface StateParts {
  language: Language;
  nonce: string;
  token: string;
  /** IANA name of the zone that times are shown in. */
  timeZone: string;
}

/** How an application stands, for whoever has its private link. */
export function statePage(
  application: OwnApplication,
  { language, nonce, token, timeZone }: StateParts,
): Piece {
  const words = wordsIn[language].state;
  const { status } = application;
  const path = linkPathOf(token);
  const format = new Intl.DateTimeFormat(language, { timeZone, dateStyle: 'long', timeStyle: 'short' });
  const shown = (instant: string) =>
    html`<time datetime="${instant}">${format.format(new Date(instant))}</time>`;
  const row = (name: string, value: Piece) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return pageFrame(
    { language, nonce, path, title: `${words.headings[status]} – ${words.title}` },
    html`<h1>${words.headings[status]}</h1>
<p>${words.leads[status]}</p>
<dl>
${row(words.reference, html`<bdi dir="ltr">${application.reference}</bdi>`)}
${row(words.company, html`<bdi>${application.company_name}</bdi>`)}
${row(words.submitted, shown(application.submitted_at))}
${application.decided_at === null ? '' : row(words.decided, shown(application.decided_at))}
${application.rejection_reason === null ? '' : row(words.reason, html`<bdi>${application.rejection_reason}</bdi>`)}
</dl>
<p class="keep">${words.keepLink} ${words.until} ${shown(application.link_expires_at)}.</p>
${status === 'pending' ? withdrawForm(path, language) : ''}
${status === 'rejected' || status === 'withdrawn' ? html`<p><a class="button" href="/apply?lang=${language}">${words.applyAgain}</a></p>` : ''}`,
  );
}

function withdrawForm(path: string, language: Language): Piece {
  const words = wordsIn[language].state;
  return html`<details>
<summary>${words.withdraw}</summary>
<p>${words.withdrawSure}</p>
<form method="post" action="${path}/withdraw?lang=${language}">
<button class="severe" type="submit">${words.withdrawNow}</button>
</form>
</details>`;
}

/** What a link that opens nothing shows: the same for one that never was and for one that has expired. */
export function unknownLinkPage(language: Language, nonce: string): Piece {
  const { unknownTitle, unknown } = wordsIn[language].state;
  return pageFrame(
    { language, nonce, path: '/apply', title: unknownTitle },
    html`<h1>${unknownTitle}</h1><p>${unknown}</p>`,
  );
}
