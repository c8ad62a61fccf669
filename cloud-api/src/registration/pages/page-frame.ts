import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { type Language, languages } from '../application-fields.ts';
import { pageStyle } from './page-style.ts';
import { wordsIn } from './words.ts';

/** A piece of a page, with what was put into it escaped. */
export type Piece = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page in one language, with links to itself in the others. @param nonce of this answer: the style carries it */
export function pageFrame(
  { language, title, path, nonce }: { language: Language; title: string; path: string; nonce: string },
  content: Piece,
): Piece {
  const words = wordsIn[language];
  return html`<!doctype html>
<html lang="${language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="same-origin">
<link rel="icon" href="data:,">
<title>${title}</title>
<style nonce="${nonce}">${raw(pageStyle)}</style>
</head>
<body>
<header>
<strong>Weighgate</strong>
<nav aria-label="${words.apply.languages}"><ul>
${languages.map(
  (one) =>
    html`<li><a href="${path}?lang=${one}" lang="${one}" hreflang="${one}" ${one === language ? raw('aria-current="true"') : ''}>${wordsIn[one].ownName}</a></li>`,
)}
</ul></nav>
</header>
<main>
${content}
</main>
</body>
</html>
`;
}
