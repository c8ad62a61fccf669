import { html, raw } from 'hono/html';
import type { Language } from '../application-fields.ts';
import { type Piece, pageFrame } from './page-frame.ts';
import { chosenOf, type SentForm } from './sent-form.ts';
import { type FormField, formFields, type Words, wordsIn } from './words.ts';

/** What was sent, as it was typed, and what is wrong with it. */
export interface FormState {
  language: Language;
  nonce: string;
  /** What may be applied for. */
  products: readonly string[];
  sent: SentForm;
  wrong: readonly FormField[];
  /** What is wrong with the whole, in words. */
  remark?: string | undefined;
  /** Idempotency-Key of this form: pressing twice sends one application. */
  once: string;
}

/** How a field is typed. Numbers and addresses run from left to right in every language. */
const kinds: Readonly<Record<Exclude<FormField, 'products'>, string>> = {
  company_name: 'type="text" dir="auto" autocomplete="organization" aria-required="true"',
  contact_email: 'type="email" dir="ltr" autocomplete="email" aria-required="true"',
  phone: 'type="tel" dir="ltr" autocomplete="tel"',
  tax_id: 'type="text" dir="ltr" autocomplete="off"',
  location: 'type="text" dir="auto" autocomplete="address-level2"',
  truck_count: 'type="text" inputmode="numeric" dir="ltr" autocomplete="off" aria-required="true"',
  capacity_tons_per_day: 'type="text" inputmode="numeric" dir="ltr" autocomplete="off" aria-required="true"',
};
const optional: readonly FormField[] = ['phone', 'tax_id', 'location'];

/** The form. The browser's own checks are off: they speak the browser's language, and not the page's. */
export function applyPage(state: FormState): Piece {
  const { language, nonce, once } = state;
  const words = wordsIn[language];
  const { title, lead, send } = words.apply;
  const isWrong = state.wrong.length > 0 || state.remark !== undefined;
  return pageFrame(
    { language, nonce, path: '/apply', title: isWrong ? `${words.problems.error}: ${title}` : title },
    html`<h1>${title}</h1>
<p>${lead}</p>
${isWrong ? faultList(state, words) : ''}
<form method="post" action="/apply" novalidate>
<input type="hidden" name="lang" value="${language}">
<input type="hidden" name="once" value="${once}">
${formFields.map((field) => (field === 'products' ? productField(state, words) : textField(field, state, words)))}
<div class="trap" aria-hidden="true"><label>${words.problems.trapLabel}
<input type="text" name="website" tabindex="-1" autocomplete="off"></label></div>
<button type="submit">${send}</button>
</form>`,
  );
}

function faultList({ wrong, remark }: FormState, words: Words): Piece {
  const items = wrong.map((field) => {
    const text = `${words.labels[field]} – ${words.faults[field]}`;
    return html`<li><a href="#${field}">${text}</a></li>`;
  });
  return html`<div class="faults" role="alert" tabindex="-1" autofocus>
${remark === undefined ? html`<h2>${words.problems.heading}</h2>` : html`<p>${remark}</p>`}
${items.length > 0 ? html`<ul>${items}</ul>` : ''}
</div>`;
}

function textField(field: Exclude<FormField, 'products'>, { sent, wrong }: FormState, words: Words): Piece {
  const hint = words.hints[field];
  const isWrong = wrong.includes(field);
  const described = [hint === undefined ? '' : `${field}-hint`, isWrong ? `${field}-fault` : '']
    .join(' ')
    .trim();
  return html`<div class="field">
<label for="${field}">${words.labels[field]} ${
    optional.includes(field) ? html`<span class="aside">(${words.apply.optional})</span>` : ''
  }</label>
${hint === undefined ? '' : html`<p class="aside" id="${field}-hint">${hint}</p>`}
<input id="${field}" name="${field}" value="${sent[field] ?? ''}" ${raw(kinds[field])} ${
    described === '' ? '' : html`aria-describedby="${described}"`
  } ${isWrong ? raw('aria-invalid="true"') : ''}>
${isWrong ? html`<p class="fault" id="${field}-fault">${words.faults[field]}</p>` : ''}
</div>`;
}

function productField({ products, sent, wrong }: FormState, words: Words): Piece {
  const isWrong = wrong.includes('products');
  const chosen = chosenOf(sent);
  const boxes = products.map(
    (product, index) =>
      html`<label><input type="checkbox" name="products" value="${product}" ${
        index === 0 ? raw('id="products"') : ''
      } ${chosen.includes(product) ? raw('checked') : ''} ${
        isWrong ? raw('aria-describedby="products-fault"') : ''
      }><bdi>${words.products[product] ?? product}</bdi></label>`,
  );
  return html`<fieldset>
<legend>${words.labels.products}</legend>
<div class="options">${boxes}</div>
${isWrong ? html`<p class="fault" id="products-fault">${words.faults.products}</p>` : ''}
</fieldset>`;
}
