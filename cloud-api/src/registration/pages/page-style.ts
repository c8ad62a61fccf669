/** Style of the public pages. Logical properties only, so that it holds in both directions; contrast is at least 4.5 to 1. */
export const pageStyle = `
:root { color-scheme: light; --ink: #1c2321; --quiet: #4d5754; --line: #767f7c; --accent: #0b5d3b; --wrong: #a3160c; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f4; color: var(--ink); font: 1.0625rem/1.55 system-ui, "Noto Sans", sans-serif; }
header, main { max-width: 40rem; margin-inline: auto; padding-inline: 1rem; }
header { padding-block: .75rem; display: flex; justify-content: space-between; align-items: center; gap: 1rem; }
header strong { color: var(--accent); }
nav ul { display: flex; gap: .25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .5rem .6rem; color: var(--accent); }
nav a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
main { background: #fff; border: 1px solid #d5dad8; border-radius: .5rem; padding: 1.5rem; margin-block-end: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin-block: 0 .5rem; }
h2 { font-size: 1.1rem; margin-block: 0 .5rem; }
.field, fieldset { margin-block: 1.25rem; }
fieldset { border: 0; padding: 0; margin-inline: 0; min-inline-size: 0; }
label, legend { font-weight: 600; padding: 0; }
.aside { color: var(--quiet); font-weight: 400; }
p.aside { margin: 0 0 .25rem; }
input[type=text], input[type=email], input[type=tel] {
  display: block; inline-size: 100%; margin-block-start: .25rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: #fff; border: 1px solid var(--line); border-radius: .3rem; }
input[aria-invalid=true] { border: 2px solid var(--wrong); }
input[inputmode=numeric] { max-inline-size: 12rem; }
[dir=rtl] input[dir=ltr] { text-align: end; }
.options { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .25rem; margin-block-start: .25rem; }
.options label { display: flex; align-items: center; gap: .6rem; font-weight: 400; padding-block: .35rem; overflow-wrap: anywhere; }
.options input { inline-size: 1.3rem; block-size: 1.3rem; flex: none; accent-color: var(--accent); }
.fault { color: var(--wrong); font-weight: 600; margin: .25rem 0 0; }
.faults { border: 2px solid var(--wrong); border-radius: .3rem; padding: 1rem; margin-block: 1rem; }
.faults ul { margin: 0; padding-inline-start: 1.25rem; }
.faults a { color: var(--wrong); }
button, .button { display: inline-block; font: inherit; font-weight: 600; padding: .7rem 1.4rem; border: 2px solid var(--accent);
  border-radius: .3rem; background: var(--accent); color: #fff; cursor: pointer; text-decoration: none; }
button.severe { background: #fff; border-color: var(--wrong); color: var(--wrong); }
:focus-visible { outline: 3px solid #1a56c4; outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; margin-block: 1.25rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.keep { border-inline-start: 4px solid var(--accent); padding-inline-start: .8rem; }
details { margin-block-start: 2rem; border-block-start: 1px solid #d5dad8; padding-block-start: 1rem; }
summary { cursor: pointer; padding-block: .35rem; color: var(--wrong); }
.trap { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 30rem) { main { border: 0; border-radius: 0; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-block-end: .6rem; } }
`;
