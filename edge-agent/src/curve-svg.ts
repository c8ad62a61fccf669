import type { CurvePoint, WeightCurve } from './weight-curve.ts';

const WIDTH = 720;
const PANEL_HEIGHT = 260;
const MARGIN = { left: 80, right: 20, top: 44, bottom: 36 };
const STABLE = '#1a7f37';
const MOVING = '#bc4c00';

/** The curves of a session, one above the other, as an SVG that needs nothing else. */
export function svgOfCurves(curves: readonly WeightCurve[]): string {
  const height = Math.max(1, curves.length) * PANEL_HEIGHT;
  const panels = curves.map((curve, index) => panelOf(curve, index * PANEL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ' font-family="sans-serif" font-size="12">',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panelOf({ title, registeredKg, registeredAt, points }: WeightCurve, top: number): string {
  const known = points.filter((point): point is CurvePoint & { kg: number } => point.kg !== null);
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [high, low] = [MARGIN.top, PANEL_HEIGHT - MARGIN.bottom];
  const oldestMs = Math.max(1, ...points.map(({ agoMs }) => agoMs));
  const maxKg = Math.max(1, registeredKg, ...known.map(({ kg }) => kg)) * 1.05;
  const minKg = Math.min(0, ...known.map(({ kg }) => kg));
  const x = (agoMs: number) => round(right - ((right - left) * agoMs) / oldestMs);
  const y = (kg: number) => round(low - ((low - high) * (kg - minKg)) / (maxKg - minKg));
  const line = known.map(({ agoMs, kg }) => `${x(agoMs)},${y(kg)}`).join(' ');
  const dots = known.map(
    ({ agoMs, kg, stable }) =>
      `<circle cx="${x(agoMs)}" cy="${y(kg)}" r="3" fill="${stable === true ? STABLE : stable === false ? MOVING : '#57606a'}"/>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const agoMs = Math.round(oldestMs * share);
    return `<text x="${x(agoMs)}" y="${low + 18}" text-anchor="middle">${-agoMs} ms</text>`;
  });
  const marks = [0, 0.5, 1].map((share) => {
    const kg = Math.round(registeredKg * share);
    return `<line x1="${left}" x2="${right}" y1="${y(kg)}" y2="${y(kg)}" stroke="#d0d7de"/><text x="${left - 8}" y="${y(kg) + 4}" text-anchor="end">${kg} kg</text>`;
  });
  return [
    `<g transform="translate(0 ${top})">`,
    `<text x="${left}" y="20" font-weight="bold">${escaped(title)}: ${registeredKg} kg</text>`,
    `<text x="${left}" y="36" fill="#57606a">registered at ${escaped(registeredAt)}; green: stable, orange: moving</text>`,
    ...marks,
    ...ticks,
    `<polyline points="${line}" fill="none" stroke="#57606a"/>`,
    ...dots,
    '</g>',
  ].join('\n');
}

const round = (value: number) => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
